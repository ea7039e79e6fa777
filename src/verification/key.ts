import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseReference, type Reference } from '../registry/reference.ts';

/** A key as Gatekeeper's templates write it: an image, or `[namespace]image` where tenants have their own policies. */
export interface Key {
  readonly namespace: string | undefined;
  readonly reference: Reference;
}

/** RFC 1123 DNS label: what Kubernetes accepts as the name of a namespace. */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The key of a verification. `[]image` means cluster scope, as a template writes it for an object without namespace.
 * @throws KEY_NAMESPACE_INVALID, REFERENCE_INVALID
 */
export function parseVerificationKey(key: string): Key {
  if (!key.startsWith('[')) return { namespace: undefined, reference: parseImage(key) };
  const end = key.indexOf(']');
  const namespace = key.slice(1, end);
  if (end === -1 || (namespace !== '' && !NAMESPACE.test(namespace))) {
    throw new CountersignError(
      'KEY_NAMESPACE_INVALID',
      `${quote(key)} does not start with the name of a namespace`,
    );
  }
  return { namespace: namespace === '' ? undefined : namespace, reference: parseImage(key.slice(end + 1)) };
}

/**
 * The key of a mutation is what the author of the Pod wrote, so a namespace in it would be the author's choice.
 * @throws KEY_NAMESPACE_INVALID, REFERENCE_INVALID
 */
export function parseMutationKey(key: string): Reference {
  if (key.startsWith('[')) {
    throw new CountersignError(
      'KEY_NAMESPACE_INVALID',
      `${quote(key)} names a namespace, and a mutation has none`,
    );
  }
  return parseImage(key);
}

function parseImage(text: string): Reference {
  if (text.length > limits.keyLength) {
    throw new CountersignError(
      'REFERENCE_INVALID',
      `an image reference has at most ${limits.keyLength} characters, this one ${text.length}`,
    );
  }
  return parseReference(text);
}

function quote(key: string): string {
  return JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key);
}
