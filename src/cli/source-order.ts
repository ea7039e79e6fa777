import type { SignatureSource } from '../verdict.ts';

/** Sorts by place, then by digest: what is found first depends on the network, and says nothing. */
export function bySource(a: SignatureSource, b: SignatureSource): number {
  const [first, second] = [a, b].map(({ path, manifest, blob }) => `${path} ${manifest} ${blob}`);
  return (first ?? '') < (second ?? '') ? -1 : 1;
}
