import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { CHECKS } from './checks.ts';

/**
 * What the commands print with `--output json`, published in `config/schema/output/`. The types that the commands fill
 * come from here too, so that a field can't be printed and not be in its schema.
 */

/** Not the list of them: codes are added, and who reads them must not break then. */
const code = z
  .string()
  .regex(/^[A-Z]+(_[A-Z]+)*$/)
  .describe('Code of the error catalogue, docs/errors.md.') as unknown as z.ZodType<ErrorCode>;
const result = z.enum(['verified', 'rejected', 'unavailable']);
const time = z.iso.datetime().describe('RFC 3339.');
const path = z.enum(['signature-tag', 'referrers-api', 'fallback-tag']).describe('Where it was found.');

const reason = z.strictObject({
  code,
  message: z.string().describe('What went wrong in this very case.'),
  remediation: z.string().describe('What to do next.'),
});

const workflow = z
  .strictObject({
    repository: z.string().exactOptional(),
    ref: z.string().exactOptional(),
    sha: z.string().exactOptional(),
    trigger: z.string().exactOptional(),
    workflow: z.string().exactOptional(),
    runUrl: z.string().exactOptional(),
  })
  .describe('What a GitHub Actions certificate tells of the run.');

const keylessSigner = z.strictObject({
  kind: z.literal('keyless'),
  issuer: z.string().describe('OIDC issuer.'),
  identity: z.string().describe('Subject alternative name of the certificate.'),
  workflow: workflow.exactOptional(),
});

const keySigner = z.strictObject({
  kind: z.literal('key'),
  name: z.string().describe('Name of the key in the configuration.'),
  fingerprint: z.string().describe('Hex SHA-256 of the DER SubjectPublicKeyInfo.'),
});

const signer = z.discriminatedUnion('kind', [keylessSigner, keySigner]);

const source = {
  path,
  manifest: z.string().describe('Digest of the manifest that carries it; empty where it was not reached.'),
  blob: z.string().describe('Digest of the payload or bundle; empty where it was not reached.'),
  form: z.enum(['simple-signing', 'bundle']),
};

const claims = z
  .strictObject({
    says: z.enum(['signature', 'attestation']),
    predicateType: z.string().exactOptional(),
    about: z.enum(['this image', 'something else']),
    signedWith: z.enum(['certificate', 'unreadable certificate', 'key']),
    signer: keylessSigner.exactOptional(),
    logEntries: z.array(z.strictObject({ logIndex: z.string(), integratedTime: time.exactOptional() })),
    timestamps: z.int().describe('RFC 3161 timestamps that it brings.'),
  })
  .describe('What it says of itself. Nothing of it is proven.');

const others = z
  .array(z.strictObject({ manifest: z.string(), artifactType: z.string() }))
  .describe('What is attached without being a signature.');

const failures = z
  .array(z.strictObject({ path, reason }))
  .describe('Places that could not be asked: signatures may be there.');

const failed = z.strictObject({ key: z.string(), error: reason });

const resolved = z.union([
  z.strictObject({
    key: z.string().describe('The image as it was asked for.'),
    digest: z.string(),
    reference: z.string().describe('The image with its digest, as the mutation answers it.'),
  }),
  failed,
]);

const discovery = z.union([
  z.strictObject({
    key: z.string().describe('The image as it was asked for.'),
    subject: z.string().describe('`repository@digest`.'),
    signatures: z.array(
      z.strictObject({ ...source, claims: claims.exactOptional(), unreadable: reason.exactOptional() }),
    ),
    others,
    failures,
    signatureTagAsked: z.boolean().describe('Whether the Store lets the `.sig` tag be asked for.'),
  }),
  failed,
]);

const scope = z.strictObject({
  scope: z.string(),
  policy: z.string().describe('Name of the trust policy.'),
  verifier: z.string().describe('`Verifier name`, or `Verifier namespace/name`.'),
  covers: z.boolean().describe('Whether it covers the image; the most specific scope governs.'),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
});

const governingPolicy = z.strictObject({
  policy: z.string(),
  verifier: z.string(),
  expects: z.array(z.string()).describe('Who may sign; one of them suffices.'),
  demands: z.array(z.enum(CHECKS)).describe('What is asked of each signature.'),
  requireDigest: z.boolean(),
  trustRoot: z
    .strictObject({
      name: z.string(),
      ended: z
        .array(z.strictObject({ kind: z.string(), name: z.string(), from: time, until: time }))
        .describe(
          'Authorities and logs that are no longer trusted: for what was signed before `until` only.',
        ),
    })
    .exactOptional(),
});

const governance = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('governed'),
    scope: z.string().describe('The most specific scope that covers the image.'),
    enforcement: z.enum(['any', 'all']),
    policies: z.array(governingPolicy),
  }),
  z.strictObject({ kind: z.literal('ungoverned') }),
  z.strictObject({ kind: z.literal('invalid'), reason }),
  z.strictObject({ kind: z.literal('system'), reason }),
]);

const check = z.strictObject({
  check: z.enum(CHECKS),
  result: z
    .enum(['passed', 'failed', 'undecided'])
    .describe('`undecided`: another check failed before this one was finished.'),
  found: z.string().exactOptional(),
  needed: z.string().exactOptional(),
});

const inspection = z.strictObject({
  key: z.string().describe('The image as it was asked for.'),
  verdict: result.describe('What the server would answer.'),
  subject: z.string().exactOptional(),
  reasons: z.array(reason).describe('Why the verdict is not `verified`, the most important first.'),
  governance: governance.exactOptional().describe('Absent where the reference can not be read.'),
  scopes: z.array(scope).describe('Scopes that cover the image or come near.'),
  endpoint: z.string().exactOptional().describe('URL at which the registry is asked.'),
  examined: z
    .boolean()
    .describe('Whether what is attached was looked for: not where nobody governs, or no digest was reached.'),
  signatures: z.array(
    z.strictObject({
      ...source,
      claims: claims.exactOptional(),
      policies: z.array(
        z.strictObject({
          policy: z.string(),
          verifier: z.string(),
          satisfied: z.boolean(),
          checks: z.array(check),
          reason: reason.exactOptional(),
          signer: signer.exactOptional().describe('Proven.'),
        }),
      ),
    }),
  ),
  others,
  failures,
});

const diagnostic = z.strictObject({
  severity: z.enum(['error', 'warning']),
  code,
  file: z.string().exactOptional(),
  line: z.int().exactOptional().describe('1-based.'),
  field: z.string().exactOptional(),
  message: z.string(),
  remediation: z.string(),
});

const verifierReport = z.strictObject({
  subject: z.string(),
  isSuccess: z.boolean(),
  name: z.string().exactOptional(),
  verifierName: z.string().exactOptional(),
  type: z.literal('cosign').exactOptional(),
  verifierType: z.literal('cosign').exactOptional(),
  referenceDigest: z.string().exactOptional(),
  artifactType: z.string().exactOptional(),
  message: z.string(),
  errorReason: z.string().exactOptional(),
  remediation: z.string().exactOptional(),
  code: code.exactOptional(),
  extensions: z
    .strictObject({
      signatures: z.array(
        z.strictObject({
          signatureDigest: z.string().exactOptional(),
          form: source.form,
          foundBy: path,
          verifications: z.array(
            z.strictObject({
              isSuccess: z.boolean(),
              bundleVerified: z.boolean(),
              error: z.string().exactOptional(),
              keyInformation: z.strictObject({ name: z.string().exactOptional() }),
            }),
          ),
          signer: signer.exactOptional(),
          logEntries: z
            .array(
              z.strictObject({
                logId: z.string(),
                logIndex: z.string(),
                integratedTime: time.exactOptional(),
              }),
            )
            .exactOptional(),
          times: z.array(time).exactOptional(),
        }),
      ),
      trustPolicy: z.string(),
    })
    .exactOptional(),
});

const value = z
  .strictObject({
    version: z.literal('0.2.0'),
    isSuccess: z.boolean(),
    traceID: z.string(),
    timestamp: time,
    code: code.exactOptional(),
    message: z.string().exactOptional(),
    errors: z.array(z.tuple([z.string(), z.string()])),
    system_error: z.string(),
    subject: z.string().exactOptional(),
    verifierReports: z.array(verifierReport),
  })
  .describe('The value that Gatekeeper gets.');

const versions = z.strictObject({
  countersign: z.string(),
  commit: z.string().exactOptional().describe('Absent where the build did not say it.'),
  node: z.string(),
  openssl: z.string(),
});

/** By command. */
export const outputSchemas = {
  verify: z.strictObject({ items: z.array(z.strictObject({ key: z.string(), value })) }),
  resolve: z.array(resolved),
  discover: z.array(discovery),
  inspect: z.array(inspection),
  lint: z.array(diagnostic),
  version: versions,
} as const;

/** What is printed was made once and is not changed any more. */
type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]: Immutable<T[Field]> }
    : T;

export type Resolved = Immutable<z.infer<typeof resolved>>;
export type Discovery = Immutable<z.infer<typeof discovery>>;
export type Inspection = Immutable<z.infer<typeof inspection>>;
export type Versions = Immutable<z.infer<typeof versions>>;
