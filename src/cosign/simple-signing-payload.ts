import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { readJson } from '../json-shape.ts';
import { limits } from '../limits.ts';
import type { Digest } from '../registry/digest.ts';

/**
 * The signed claim (containers/image `docs/containers-signature.5.md`, cosign `SIGNATURE_SPEC.md`). What is critical
 * is read by the letter: no other keys, no other spelling, as containers/image does and cosign doesn't.
 * `docker-reference` is not compared: cosign fills it with whatever name the image had when it was signed.
 */
const payloadSchema = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ 'docker-reference': z.string() }),
    image: z.strictObject({ 'docker-manifest-digest': z.string() }),
    type: z.literal('cosign container image signature'),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
});

/**
 * Checks that a payload is a claim about this image. Whether anybody signed it is another matter.
 *
 * @throws SIGNATURE_MALFORMED, LIMIT_EXCEEDED, SUBJECT_MISMATCH
 */
export function checkPayload(payload: Uint8Array, subject: Digest): void {
  if (payload.length > limits.payload) {
    throw new CountersignError(
      'LIMIT_EXCEEDED',
      `the signed payload has ${payload.length} bytes; at most ${limits.payload} are read`,
    );
  }
  const { critical } = readJson(payload, payloadSchema, 'the signed payload', 'SIGNATURE_MALFORMED');
  const signed = critical.image['docker-manifest-digest'];
  if (signed !== subject) {
    throw new CountersignError(
      'SUBJECT_MISMATCH',
      `the signature is for ${JSON.stringify(signed.slice(0, 100))}, not for ${subject}`,
    );
  }
}
