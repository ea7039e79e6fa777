import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { catalogue, type Reason } from '../errors.ts';
import { logVerdict } from '../telemetry/logger.ts';
import type { KeyResult } from '../verification/service.ts';
import { answerKeys } from './key-answers.ts';
import { parseProviderRequest, providerResponse, VERIFY_PATH } from './provider-protocol.ts';
import { formatReason, shortenKey } from './reason-text.ts';
import { reasonsOf, type VerificationValue, verificationValue } from './response-item.ts';
import type { RouteOptions } from './route-options.ts';

interface Answer {
  readonly result: KeyResult;
  readonly value: VerificationValue;
}

interface VerifyRoute {
  Querystring: { failures?: unknown };
}

/** Keys that are named in `systemError` beside one reason; they are all missing from the items. */
const NAMED_KEYS = 32;

/** POST /ratify/gatekeeper/v1/verify. */
export function addVerifyRoute(app: FastifyInstance, options: RouteOptions): void {
  const { service, clock, metrics, logger } = options;

  app.post<VerifyRoute>(VERIFY_PATH, (request, reply) => {
    const keys = parseProviderRequest(request.body);
    const waited = () => clock.monotonic() - request.arrival;
    return metrics.request('verify', waited, () => answer(keys, request, reply));
  });

  async function answer(
    keys: readonly string[],
    request: FastifyRequest<VerifyRoute>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const deadline = request.arrival + options.deadlineMs;
    const results = await answerKeys<KeyResult>({
      keys,
      clock,
      deadline,
      ask: async (key) => ({ ...(await service.verify(key, { deadline, traceId: request.traceId })), key }),
      refuse: (key, why, thrown) => {
        if (thrown !== undefined)
          logger.error({ requestId: request.id, key, err: thrown }, 'verification failed');
        return refusedResult(key, why);
      },
    });
    for (const result of new Set(results)) {
      metrics.verdict(result, reasonsOf(result)[0]?.code);
      logVerdict(logger, request.id, request.traceId, result);
    }
    const answers = answersOf(results, request.traceId);
    const leaveOutFailures = request.query.failures === 'systemError';
    const response = leaveOutFailures ? finishedOnly(answers) : { items: items(answers), systemError: '' };
    return reply.send(JSON.stringify(providerResponse({ idempotent: false, ...response })));
  }

  function answersOf(results: readonly KeyResult[], traceId: string): readonly Answer[] {
    const context = { traceId, timestamp: new Date(clock.now()).toISOString() };
    // A key that was asked several times has one result, and what it becomes is made once.
    const answers = new Map<KeyResult, Answer>();
    for (const result of new Set(results)) {
      answers.set(result, { result, value: verificationValue(result, context) });
    }
    return results.flatMap((result) => answers.get(result) ?? []);
  }
}

function items(answers: readonly Answer[]) {
  return answers.map(({ result, value }) => ({ key: result.key, value }));
}

/**
 * Gatekeeper keeps every value for minutes, and `systemError` not at all. So what may be different in a moment is
 * left out of the items and named there; a template has to see that the key it asked for is missing.
 */
function finishedOnly(answers: readonly Answer[]) {
  const finished = answers.filter(({ result }) => result.verdict.kind !== 'unavailable');
  const unfinished = new Map<string, { readonly why: Reason; readonly keys: Set<string> }>();
  for (const { result } of answers) {
    if (result.verdict.kind !== 'unavailable') continue;
    const why = result.systemError ?? result.verdict.cause;
    const text = formatReason(why);
    const group = unfinished.get(text) ?? { why, keys: new Set() };
    unfinished.set(text, group);
    group.keys.add(result.key);
  }
  const systemError = Array.from(unfinished.values(), ({ why, keys }) =>
    formatReason({ ...why, message: `${nameKeys([...keys])}: ${why.message}` }),
  ).join(' | ');
  return { items: items(finished), systemError };
}

function nameKeys(keys: readonly string[]): string {
  const named = keys.slice(0, NAMED_KEYS).map(shortenKey).join(', ');
  return keys.length > NAMED_KEYS ? `${named} and ${keys.length - NAMED_KEYS} more` : named;
}

function refusedResult(key: string, why: Reason): KeyResult {
  const verdict =
    catalogue[why.code].class === 'rejected'
      ? ({ kind: 'rejected', reasons: [why], reports: [] } as const)
      : ({ kind: 'unavailable', cause: why, reports: [] } as const);
  return { key, verdict, cache: 'none', policies: [], durations: { total: 0 } };
}
