import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { logPin } from '../telemetry/logger.ts';
import type { PinResult } from '../verification/service.ts';
import { answerKeys } from './key-answers.ts';
import {
  MUTATE_PATH,
  type ProviderItem,
  parseProviderRequest,
  providerResponse,
} from './provider-protocol.ts';
import { formatReason } from './reason-text.ts';
import type { RouteOptions } from './route-options.ts';

/** POST /ratify/gatekeeper/v1/mutate. */
export function addMutateRoute(app: FastifyInstance, options: RouteOptions): void {
  const { service, clock, metrics, logger } = options;

  app.post(MUTATE_PATH, (request, reply) => {
    const keys = parseProviderRequest(request.body);
    const waited = () => clock.monotonic() - request.arrival;
    return metrics.request('mutate', waited, () => answer(keys, request, reply));
  });

  async function answer(keys: readonly string[], request: FastifyRequest, reply: FastifyReply) {
    const deadline = request.arrival + options.deadlineMs;
    const answers = await answerKeys<PinResult>({
      keys,
      clock,
      deadline,
      ask: async (key) => ({ ...(await service.pin(key, { deadline, traceId: request.traceId })), key }),
      refuse: (key, why, thrown) => {
        if (thrown !== undefined)
          logger.error({ requestId: request.id, key, err: thrown }, 'mutation failed');
        return { key, error: why };
      },
    });
    for (const result of new Set(answers)) {
      metrics.pin(result);
      logPin(logger, request.id, request.traceId, result);
    }
    // Gatekeeper refuses every mutation whose answer is not marked as idempotent.
    const response = { idempotent: true, items: answers.map(item), systemError: '' };
    return reply.send(JSON.stringify(providerResponse(response)));
  }
}

/** A failure carries no value: the unchanged image beside an error would be taken for an answer. */
function item(result: PinResult): ProviderItem {
  return 'error' in result
    ? { key: result.key, error: formatReason(result.error) }
    : { key: result.key, value: result.value };
}
