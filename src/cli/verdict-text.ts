import pc from 'picocolors';
import type { Reason } from '../errors.ts';
import { reasonsOf } from '../server/response-item.ts';
import type { Signer, Verdict } from '../verdict.ts';
import type { KeyResult } from '../verification/service.ts';
import { field, printable } from './terminal-text.ts';

const SYMBOL = { verified: '✔', rejected: '✘', unavailable: '?' } as const;

/** A verdict for a person: what was judged, who signed or why it is not trusted, and what to do next. */
export function formatKeyResult(result: KeyResult): string {
  const { key, subject, verdict, policies } = result;
  const lines = [formatHeading(verdict.kind, key)];
  if (subject !== undefined && subject !== key) lines.push(field('subject', printable(subject)));
  if (policies.length > 0) lines.push(field('policy', printable(policies.join(', '))));
  for (const signer of satisfyingSigners(verdict)) lines.push(field('signed by', formatSigner(signer)));
  for (const reason of reasonsOf(result)) lines.push(...formatReason(reason));
  return lines.join('\n');
}

/** `✘ rejected  image` */
export function formatHeading(kind: Verdict['kind'], key: string): string {
  return `${paint(kind, `${SYMBOL[kind]} ${kind}`)}  ${pc.bold(printable(key))}`;
}

/** Everybody whose signature satisfied a trust policy, each once. */
function satisfyingSigners({ reports }: Verdict): readonly Signer[] {
  const signers = reports.flatMap(({ result }) =>
    result.kind === 'satisfied' ? [result.signature.signer] : [],
  );
  return [...new Map(signers.map((signer) => [formatSigner(signer), signer])).values()];
}

export function formatSigner(signer: Signer): string {
  return printable(
    signer.kind === 'keyless' ? `${signer.identity} (${signer.issuer})` : `key ${signer.name}`,
  );
}

export function paint(kind: Verdict['kind'], text: string): string {
  if (kind === 'verified') return pc.green(text);
  return kind === 'rejected' ? pc.red(text) : pc.yellow(text);
}

/** Two lines: why, and what to do. */
export function formatReason({ code, message, remediation }: Reason): readonly string[] {
  return [field('why', `${pc.bold(code)}: ${printable(message)}`), field('next', remediation)];
}
