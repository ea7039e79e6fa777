import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { formatMatcher } from '../policy/format.ts';
import { formatResource } from '../policy/resource.ts';
import type { Governance } from '../policy/snapshot.ts';
import type { TrustPolicy } from '../policy/trust-policy.ts';
import { isDigest } from '../registry/digest.ts';
import type { Reference } from '../registry/reference.ts';
import { reasonsOf } from '../server/response-item.ts';
import { parseVerificationKey } from '../verification/key.ts';
import type { KeyResult } from '../verification/service.ts';
import { demandedChecks } from './checks.ts';
import { type Examination, examine } from './examination.ts';
import { addHelpEnd, IMAGE_EXITS } from './help.ts';
import { formatInspection } from './inspection-text.ts';
import { addImages, addSettings, imagesOf, settingsOf } from './options.ts';
import { type OutputFormat, outputOption, print, printJson } from './output.ts';
import type { Inspection } from './output-schema.ts';
import { nearScopes, readScopes, type WrittenScope } from './scope-survey.ts';
import { partsOf } from './trust-root-parts.ts';
import { countImages, DEADLINE, newCall, type Workbench, withWorkbench } from './workbench.ts';

export function inspectCommand(): Command {
  const command = addImages(new Command('inspect'))
    .description(
      'Explain a verdict: which policy governs and why, every signature, each check, what would have been needed.',
    )
    .addOption(outputOption());
  addSettings(command, ['config', 'workers']);
  addHelpEnd(command, IMAGE_EXITS, [
    ['inspect --config policies/ ghcr.io/acme/app:v1', 'why is it rejected?'],
    ['inspect --output json --config policies/ [team-a]ghcr.io/acme/app:v1', 'for programs'],
  ]);
  return command.action(() => inspect(command, imagesOf(command)));
}

type ScopesByNamespace = ReadonlyMap<string, readonly WrittenScope[]>;

async function inspect(command: Command, images: readonly string[]): Promise<void> {
  const settings = settingsOf(command, process.env);
  const scopes = await readScopes(settings.config);
  const inspections = await withWorkbench(
    settings,
    `inspecting ${countImages(images)}`,
    (bench) => Promise.all(images.map((image) => inspectImage(bench, scopes, image))),
    ({ verdict }) => verdict,
  );
  const { output } = command.opts<{ output: OutputFormat }>();
  if (output === 'json') printJson(inspections);
  else print(inspections.map(formatInspection).join('\n\n'));
}

/** The verdict is the service's own; what stands beside it looks on where the service stops once it is certain. */
async function inspectImage(bench: Workbench, scopes: ScopesByNamespace, key: string): Promise<Inspection> {
  const result = await bench.service.verify(key, { deadline: systemClock.monotonic() + DEADLINE });
  const { verdict } = result;
  const common = {
    key,
    verdict: verdict.kind,
    ...(result.subject !== undefined && { subject: result.subject }),
    reasons: reasonsOf(result),
  };
  const parsed = parse(key);
  if (parsed === undefined) return { ...common, scopes: [], ...NOTHING };

  const { namespace, reference } = parsed;
  const digest = digestIn(result);
  const governance = bench.snapshot.governing(reference, namespace, digest);
  const written = scopes.get(namespace ?? '') ?? scopes.get('') ?? [];
  const governed = {
    ...common,
    governance: explain(governance),
    scopes: nearScopes(written, digest === undefined ? reference : { ...reference, digest }),
  };
  if (governance.kind !== 'governed') return { ...governed, ...NOTHING };

  const { access, policies } = governance;
  const endpoint = access.endpoint.href;
  if (digest === undefined) return { ...governed, endpoint, ...NOTHING };
  const subject = { repository: reference.repository, digest, access };
  return { ...governed, endpoint, examined: true, ...(await examine(bench, subject, policies, newCall())) };
}

const NOTHING: Examination & { examined: false } = {
  examined: false,
  signatures: [],
  others: [],
  failures: [],
};

/** undefined where the verdict has said already that it can't be read. */
function parse(key: string): { namespace: string | undefined; reference: Reference } | undefined {
  try {
    return parseVerificationKey(key);
  } catch {
    return undefined;
  }
}

/** The digest that was judged; undefined where none was reached. */
function digestIn({ subject = '' }: KeyResult) {
  const digest = subject.slice(subject.lastIndexOf('@') + 1);
  return isDigest(digest) ? digest : undefined;
}

function explain(governance: Governance): NonNullable<Inspection['governance']> {
  if (governance.kind === 'ungoverned') return { kind: 'ungoverned' };
  if (governance.kind !== 'governed') return { kind: governance.kind, reason: governance.reason };
  const { kind, scope, enforcement, policies } = governance;
  return { kind, scope, enforcement, policies: policies.map(explainPolicy) };
}

function explainPolicy(policy: TrustPolicy) {
  const { name, verifier, signedBy, requireDigest, trustRoot } = policy;
  const now = systemClock.now();
  return {
    policy: name,
    verifier: formatResource(verifier),
    expects:
      signedBy.kind === 'keyless'
        ? signedBy.identities.map(
            ({ identity, issuer }) => `${formatMatcher(identity)} of issuer ${formatMatcher(issuer)}`,
          )
        : signedBy.keys.map((key) => `key ${key.name}`),
    demands: demandedChecks(policy),
    requireDigest,
    ...(trustRoot !== undefined && {
      trustRoot: {
        name: trustRoot.name,
        ended: partsOf(trustRoot).flatMap(({ until, ...part }) =>
          until !== undefined && Date.parse(until) < now ? [{ ...part, until }] : [],
        ),
      },
    }),
  };
}
