import { CountersignError } from '../errors.ts';
import type { Snapshot } from '../policy/snapshot.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { CallContext, RegistryClient } from '../registry/client.ts';
import type { Digest } from '../registry/digest.ts';
import { formatReference, type Reference } from '../registry/reference.ts';
import { parseVerificationKey } from '../verification/key.ts';

/** An image, and how its registry is reached on behalf of whoever asks. */
export interface ImageLocation {
  readonly namespace: string | undefined;
  readonly reference: Reference;
  readonly access: RegistryAccess;
}

/**
 * Where an image is, whether or not anybody governs it: a look at a registry needs no trust policy, though a private
 * address may be in reach only because one names its host.
 * @throws KEY_NAMESPACE_INVALID, REFERENCE_INVALID, POLICY_INVALID
 */
export function locate(snapshot: Snapshot, key: string): ImageLocation {
  const { namespace, reference } = parseVerificationKey(key);
  const governance = snapshot.governing(reference, namespace);
  const access = governance.kind === 'governed' ? governance.access : snapshot.access(reference);
  if ('code' in access) throw new CountersignError(access.code, access.message, access);
  return { namespace, reference, access };
}

/** The digest that the reference names, or that its tag points to. @throws IMAGE_NOT_FOUND, and what the client throws */
export async function digestOf(
  client: RegistryClient,
  { reference, access }: ImageLocation,
  call: CallContext,
): Promise<Digest> {
  if (reference.digest !== undefined) return reference.digest;
  const tagged = { ...reference, tag: reference.tag ?? 'latest' };
  const digest = await client.resolve(access, tagged, call);
  if (digest !== undefined) return digest;
  throw new CountersignError('IMAGE_NOT_FOUND', `the registry has no image ${formatReference(reference)}`);
}
