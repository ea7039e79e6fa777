import { z } from 'zod';

const refreshInterval = z
  .string()
  .optional()
  .describe(
    "Accepted for Ratify's sake, without effect: files are read again when they change. Optional, default none.",
  );

/** `spec` with `type: inline`: a public key, or a certificate that other programs read. */
export const inlineProviderSpec = z
  .strictObject({
    type: z.literal('inline').describe('Kind of provider: `inline`. Required.'),
    refreshInterval,
    parameters: z
      .strictObject(
        {
          contentType: z
            .enum(['key', 'certificate'], { error: 'must be "key" or "certificate"' })
            .describe(
              'What `value` holds: `key`, or `certificate`, which no cosign trust policy can use. Required.',
            ),
          value: z
            .string({ error: 'value is required' })
            .min(1, 'value is required')
            .describe(
              'PEM public key (EC P-256, P-384, P-521; RSA of 2048 to 4096 bits; Ed25519), or certificate. Required.',
            ),
        },
        { error: 'parameters are required' },
      )
      .describe('Parameters of the provider. Required.'),
  })
  .describe('A public key, written into the resource.');

/** `spec` with `type: sigstore-trust-root`. */
export const trustRootProviderSpec = z
  .strictObject({
    type: z.literal('sigstore-trust-root').describe('Kind of provider: `sigstore-trust-root`. Required.'),
    refreshInterval,
    parameters: z
      .strictObject(
        {
          preset: z
            .enum(['public-good'], { error: 'the only preset is "public-good"' })
            .optional()
            .describe(
              'A trust root that comes with the program: `public-good`. Exactly one of `preset`, `file` and `inline`. Optional, default none.',
            ),
          file: z
            .string()
            .optional()
            .describe(
              'Path of a `trusted_root.json`, relative to the file of the resource. Exactly one of `preset`, `file` and `inline`. Optional, default none.',
            ),
          inline: z
            .string()
            .optional()
            .describe(
              'Text of a `trusted_root.json`. Exactly one of `preset`, `file` and `inline`. Optional, default none.',
            ),
        },
        { error: 'parameters are required' },
      )
      .superRefine((parameters, context) => {
        const given = Object.entries(parameters).flatMap(([name, value]) =>
          value === undefined ? [] : [name],
        );
        if (given.length === 1) return;
        context.addIssue({
          code: 'custom',
          message:
            given.length === 0
              ? 'a sigstore-trust-root needs one of preset, file and inline'
              : `a sigstore-trust-root takes one of preset, file and inline, not ${given.join(' and ')}`,
          params: { code: 'CONFIG_INVALID' },
        });
      })
      .describe('Parameters of the provider. Required.'),
  })
  .describe('A Sigstore trust root: certificate authorities, logs and timestamp authorities.');

export type ProviderSpec = z.infer<typeof inlineProviderSpec> | z.infer<typeof trustRootProviderSpec>;
