import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { readJson } from '../json-shape.ts';
import { limits } from '../limits.ts';
import type { Digest } from '../registry/digest.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** in-toto Attestation Framework, Statement v0.1 and v1. Unknown fields are allowed there; cosign omits `predicate`. */
const statementSchema = z.looseObject({
  _type: z.enum(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']),
  subject: z
    .array(
      z.looseObject({
        digest: z
          .record(z.string(), z.string())
          .refine((digests) => Object.keys(digests).length <= limits.subjectDigests, 'too many digests'),
      }),
    )
    .min(1)
    .max(limits.statementSubjects),
  predicateType: z.string().min(1).max(limits.identityLength),
});

/** What a signed statement is about. */
export interface Statement {
  readonly predicateType: string;
  /** Whether one of its subjects has this digest, by SHA-256 in lower-case hex. */
  isAbout(digest: Digest): boolean;
}

/**
 * Reads the payload of a DSSE envelope as an in-toto statement. Whether anybody signed it is another matter.
 *
 * @throws SIGNATURE_UNSUPPORTED for any other payload type, SIGNATURE_MALFORMED
 */
export function readStatement(payloadType: string, payload: Uint8Array): Statement {
  if (payloadType !== PAYLOAD_TYPE) {
    throw new CountersignError(
      'SIGNATURE_UNSUPPORTED',
      `the envelope holds ${JSON.stringify(payloadType.slice(0, 100))} instead of ${PAYLOAD_TYPE}`,
    );
  }
  const { predicateType, subject } = readJson(
    payload,
    statementSchema,
    'the signed statement',
    'SIGNATURE_MALFORMED',
  );
  const digests = new Set(subject.map(({ digest }) => digest['sha256']));
  return { predicateType, isAbout: (digest) => digests.has(digest.slice('sha256:'.length)) };
}
