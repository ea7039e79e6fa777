import pc from 'picocolors';
import type { CheckName } from './checks.ts';
import type { Inspection } from './output-schema.ts';
import { field, printable } from './terminal-text.ts';
import { formatHeading, formatReason, formatSigner } from './verdict-text.ts';

type Signature = Inspection['signatures'][number];
type Standing = Signature['policies'][number];
type Check = Standing['checks'][number];
type Governed = Extract<NonNullable<Inspection['governance']>, { kind: 'governed' }>;
type NearScope = Inspection['scopes'][number];

const QUESTIONS: { readonly [Name in CheckName]: string } = {
  readable: 'it can be read',
  subject: 'it is for this image',
  'signer kind': 'it was made as the policy asks for: by certificate or by key',
  content: 'it verifies over the signed content',
  'log entry': 'it is in a transparency log that the trust root names',
  'signing time': 'the time of signing is proven',
  certificate: 'the certificate is of an authority that the trust root trusts at that time',
  'certificate log': 'the certificate is in a certificate transparency log',
  issuer: 'the OIDC issuer is one that the policy trusts',
  identity: 'the identity is one that the policy trusts',
};

const SYMBOL: { readonly [Result in Check['result']]: string } = {
  passed: pc.green('✔'),
  failed: pc.red('✘'),
  undecided: pc.dim('·'),
};

/** Everything about one verdict, from what governs the image to the last check of the last signature. */
export function formatInspection(inspection: Inspection): string {
  const { key, verdict, subject, reasons, governance, scopes, endpoint, signatures, others, failures } =
    inspection;
  const lines = [formatHeading(verdict, key)];
  if (subject !== undefined && subject !== key) lines.push(field('subject', printable(subject)));
  if (endpoint !== undefined) lines.push(field('registry', printable(endpoint)));
  for (const reason of reasons) lines.push(...formatReason(reason));

  lines.push('', pc.bold('  What governs it'));
  if (governance?.kind === 'governed') lines.push(...formatGoverned(governance, scopes));
  else lines.push(...formatUngoverned(scopes));

  if (!inspection.examined) return lines.join('\n');
  lines.push('', pc.bold('  What is attached to it'));
  if (signatures.length === 0) lines.push(field('signatures', 'none'));
  for (const [index, signature] of signatures.entries()) {
    lines.push(...formatSignature(signature, `signature ${index + 1} of ${signatures.length}`));
  }
  for (const { manifest, artifactType } of others) {
    lines.push(field('other', `${printable(artifactType)} ${pc.dim(manifest)}`));
  }
  for (const { path, reason } of failures) {
    lines.push(field('not told', `${path}: ${reason.code}: ${printable(reason.message)}`));
  }
  return lines.join('\n');
}

function formatGoverned({ scope, enforcement, policies }: Governed, scopes: readonly NearScope[]): string[] {
  const lines = [field('scope', `${printable(scope)} ${pc.dim('the most specific that covers the image')}`)];
  const names = policies.map(({ policy, verifier }) => `${verifier} ${policy}`);
  for (const policy of policies) {
    const place = scopes.find(
      (near) => near.scope === scope && names.includes(`${near.verifier} ${near.policy}`),
    );
    lines.push(field('policy', `${printable(policy.policy)} of ${policy.verifier}${formatPlace(place)}`));
    for (const expected of policy.expects) lines.push(field('expects', printable(expected)));
    if (policy.trustRoot !== undefined) {
      const { name, ended } = policy.trustRoot;
      lines.push(field('trust root', printable(name)));
      for (const part of ended) {
        lines.push(
          field('', pc.yellow(`${part.kind} ${printable(part.name)} is trusted until ${part.until} only`)),
        );
      }
    }
  }
  lines.push(
    field(
      'counts',
      enforcement === 'any'
        ? 'any: one signature that satisfies one policy suffices'
        : 'all: every signature must satisfy every policy',
    ),
  );
  for (const near of scopes) {
    if (near.scope === scope && names.includes(`${near.verifier} ${near.policy}`)) continue;
    lines.push(formatNear(near, near.covers ? 'covers it, too, and is less specific' : 'does not cover it'));
  }
  return lines;
}

function formatUngoverned(scopes: readonly NearScope[]): string[] {
  if (scopes.length === 0) return [field('scope', 'none covers the image, and none comes near')];
  return scopes.map((near) =>
    formatNear(near, near.covers ? 'covers it' : 'comes near, and does not cover it'),
  );
}

function formatNear(near: NearScope, how: string): string {
  return field('beside', `${printable(near.scope)} of ${near.policy} ${pc.dim(how)}${formatPlace(near)}`);
}

function formatPlace(place: Pick<NearScope, 'file' | 'line'> | undefined): string {
  if (place?.file === undefined) return '';
  return ` ${pc.dim(`(${place.file}${place.line === undefined ? '' : `:${place.line}`})`)}`;
}

function formatSignature(
  { form, path, manifest, blob, claims, policies }: Signature,
  title: string,
): string[] {
  const lines = [
    field(form === 'bundle' ? 'bundle' : 'layer', `${title}, found by ${path} ${pc.dim(blob || manifest)}`),
  ];
  for (const { logIndex, integratedTime } of claims?.logEntries ?? []) {
    const at = integratedTime === undefined ? '' : ` at ${integratedTime}`;
    lines.push(field('claims', `log entry ${printable(logIndex)}${at}`));
  }
  for (const standing of policies) lines.push(...formatStanding(standing));
  return lines;
}

function formatStanding({ policy, satisfied, checks, reason, signer }: Standing): string[] {
  const outcome = satisfied ? pc.green('satisfies') : pc.red('does not satisfy');
  const lines = [`    ${outcome} ${printable(policy)}`];
  if (satisfied && signer !== undefined) lines.push(`      ${pc.dim('signed by')} ${formatSigner(signer)}`);
  for (const check of checks) lines.push(...formatCheck(check));
  const isTold = checks.some(({ result }) => result === 'failed');
  if (!isTold && reason !== undefined)
    lines.push(`      ${pc.red(reason.code)}: ${printable(reason.message)}`);
  return lines;
}

function formatCheck({ check, result, found, needed }: Check): string[] {
  const question = result === 'undecided' ? pc.dim(`${QUESTIONS[check]}: not decided`) : QUESTIONS[check];
  const lines = [`      ${SYMBOL[result]} ${question}`];
  if (result !== 'passed' && found !== undefined)
    lines.push(`          ${pc.dim('found ')} ${printable(found)}`);
  if (needed !== undefined) lines.push(`          ${pc.dim('needed')} ${printable(needed)}`);
  return lines;
}
