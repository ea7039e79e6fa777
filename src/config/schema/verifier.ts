import { z } from 'zod';
import { COSIGN_ARTIFACT_TYPE } from '../../verdict.ts';
import {
  checkArtifactTypes,
  checkParameters,
  checkTrustPolicy,
  DEFAULT_REKOR_URL,
} from './verifier-rules.ts';

const key = z
  .strictObject({
    provider: z
      .string()
      .optional()
      .describe(
        'KeyManagementProvider that holds the key: `name`, or `namespace/name`. Exactly one of `provider` and `file`. Optional, default none.',
      ),
    name: z.string().optional().describe('Name of the key in its provider. Optional, default the only key.'),
    version: z
      .string()
      .optional()
      .describe('Version of the key in its provider; needs `name`. Optional, default any.'),
    file: z
      .string()
      .optional()
      .describe(
        'Path of a PEM public key, relative to the file of the resource. Not in namespaced resources. Optional, default none.',
      ),
  })
  .describe('A public key.');

const identity = z
  .strictObject({
    issuer: z
      .string()
      .optional()
      .describe(
        'OIDC issuer, byte for byte. Exactly one of `issuer` and `issuerRegExp`. Optional, default none.',
      ),
    issuerRegExp: z
      .string()
      .optional()
      .describe('RE2 expression that matches the whole issuer. Optional, default none.'),
    identity: z
      .string()
      .optional()
      .describe(
        'Subject alternative name of the certificate, byte for byte. Exactly one of `identity` and `identityRegExp`. Optional, default none.',
      ),
    identityRegExp: z
      .string()
      .optional()
      .describe('RE2 expression that matches the whole identity. Optional, default none.'),
  })
  .describe('Somebody who may sign: issuer and identity both match.');

const keyless = z
  .strictObject({
    ctLogVerify: z
      .boolean()
      .default(true)
      .describe(
        'Demand a proof that the certificate is in a certificate transparency log. Optional, default `true`.',
      ),
    certificateIdentity: z
      .string()
      .optional()
      .describe('Subject alternative name of the certificate, byte for byte. Optional, default none.'),
    certificateIdentityRegExp: z
      .string()
      .optional()
      .describe(
        'RE2 expression that matches somewhere in the identity: write `^…$` around it. Optional, default none.',
      ),
    certificateOIDCIssuer: z
      .string()
      .optional()
      .describe('OIDC issuer, byte for byte. Optional, default none.'),
    certificateOIDCIssuerRegExp: z
      .string()
      .optional()
      .describe(
        'RE2 expression that matches somewhere in the issuer: write `^…$` around it. Optional, default none.',
      ),
    identities: z
      .array(identity)
      .default([])
      .describe(
        'Who may sign; one of them suffices. Takes the place of the four `certificate…` fields. Optional, default none.',
      ),
  })
  .describe('Signatures made with short-lived certificates.');

const trustPolicy = z
  .strictObject({
    name: z
      .string({ error: 'name parameter is required in trust policy configuration' })
      .min(1, 'name parameter is required in trust policy configuration')
      .describe('Name of the trust policy, unique in its Verifier. Required.'),
    version: z.string().optional().describe('Version of this form: `1.0.0`. Optional, default `1.0.0`.'),
    scopes: z
      .array(z.string())
      .default([])
      .describe(
        'Images that the policy governs: a repository, a repository with tag or digest, a prefix that ends in `*`, or `*` alone. The most specific scope governs. Required.',
      ),
    keys: z
      .array(key)
      .default([])
      .describe(
        'Public keys that may sign; one of them suffices. Exactly one of `keys` and `keyless`. Optional, default none.',
      ),
    keyless: keyless
      .optional()
      .describe('Certificates that may sign. Exactly one of `keys` and `keyless`. Optional, default none.'),
    tLogVerify: z
      .boolean()
      .default(true)
      .describe(
        'Demand a transparency log entry. With `false`, log entries are not read. Optional, default `true`.',
      ),
    rekorURL: z
      .string()
      .optional()
      .describe(
        `Transparency log as Ratify names it. No log is ever asked online: any other than the default needs a \`trustRoot\`. Optional, default \`${DEFAULT_REKOR_URL}\`.`,
      ),
    trustRoot: z
      .string()
      .optional()
      .describe(
        'KeyManagementProvider of type `sigstore-trust-root` that holds authorities and logs: `name`, or `namespace/name`. Optional, default the public-good trust root, where one is needed.',
      ),
    requireDigest: z
      .boolean()
      .default(false)
      .describe('Reject images that are named by tag only. Optional, default `false`.'),
  })
  .superRefine(checkTrustPolicy)
  .describe('Whom to trust for the images in its scopes.');

/** `spec` of Verifier and NamespacedVerifier, `name: cosign`. */
export const verifierSpec = z
  .strictObject({
    name: z
      .string({ error: 'The name field is required in the Cosign Verifier configuration' })
      .min(1, 'The name field is required in the Cosign Verifier configuration')
      .describe('Kind of verifier, where `type` does not say it: `cosign`. Required.'),
    type: z
      .string()
      .optional()
      .describe('Kind of verifier: `cosign`. Optional, default the value of `name`.'),
    version: z
      .string()
      .optional()
      .describe("Accepted for Ratify's sake, without effect. Optional, default none."),
    address: z
      .string()
      .optional()
      .describe("Accepted for Ratify's sake, without effect. Optional, default none."),
    artifactTypes: z
      .string({ error: 'missing artifactTypes in verifier config' })
      .superRefine(checkArtifactTypes)
      .describe(
        `Artifact types, separated by commas: \`${COSIGN_ARTIFACT_TYPE}\` or \`*\` must be among them. Required.`,
      ),
    parameters: z
      .strictObject(
        {
          trustPolicies: z
            .array(trustPolicy)
            .optional()
            .describe('Whom to trust for which images. Required, but for the legacy `key`.'),
          key: z
            .string()
            .optional()
            .describe(
              'Legacy: path of a PEM public key that may sign every image. The same as a trust policy `default` with scope `*`. Optional, default none.',
            ),
          rekorURL: z
            .string()
            .optional()
            .describe(
              `Legacy: with \`key\`, demand an entry in this transparency log; only \`${DEFAULT_REKOR_URL}\`. Optional, default none.`,
            ),
          nestedArtifactTypes: z
            .array(z.string())
            .default([])
            .describe(
              "Accepted for Ratify's sake as long as it is empty: signatures of signatures are not verified. Optional, default none.",
            ),
        },
        { error: 'parameters are required' },
      )
      .superRefine(checkParameters)
      .describe('Parameters of the verifier. Required.'),
  })
  .describe('Whom to trust to sign which images with cosign.');

export type VerifierSpec = z.infer<typeof verifierSpec>;
export type TrustPolicySpec = z.infer<typeof trustPolicy>;
export type KeySpec = z.infer<typeof key>;
export type KeylessSpec = z.infer<typeof keyless>;
