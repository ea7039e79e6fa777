import { z } from 'zod';

/** The only name under which a Policy is in force, as in Ratify. */
export const POLICY_NAME = 'ratify-policy';

const ENFORCEMENT = 'must be "any" or "all"';

/** `spec` of Policy and NamespacedPolicy, `type: config-policy`. */
export const policySpec = z
  .strictObject({
    type: z
      .string()
      .optional()
      .describe(
        'Kind of policy: `config-policy`, also spelled `configPolicy`. Optional, default `config-policy`.',
      ),
    parameters: z
      .strictObject(
        {
          artifactVerificationPolicies: z
            .record(z.string(), z.enum(['any', 'all'], { error: ENFORCEMENT }))
            .default({})
            .describe(
              'How many signatures must satisfy the trust policies, for each artifact type and for `default`: `any`, one suffices; `all`, every one. Signatures of cosign are `application/vnd.dev.cosign.artifact.sig.v1+json`, in whatever form they are stored. Optional, default `{default: all}`.',
            ),
        },
        { error: 'no policy parameters provided' },
      )
      .describe('Parameters of the policy. Required.'),
  })
  .describe(
    `How many of the signatures found must satisfy the trust policies. In force only under the name \`${POLICY_NAME}\`; without it no image is admitted.`,
  );

export type PolicySpec = z.infer<typeof policySpec>;
