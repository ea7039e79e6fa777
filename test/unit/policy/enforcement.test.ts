import { describe, expect, test } from 'vitest';
import { enforcementOf } from '../../../src/policy/enforcement.ts';
import { COSIGN_ARTIFACT_TYPE } from '../../../src/verdict.ts';

describe('enforcementOf', () => {
  test.each([
    [{ [COSIGN_ARTIFACT_TYPE]: 'any', default: 'all' }, 'any'],
    [{ [COSIGN_ARTIFACT_TYPE]: 'all', default: 'any' }, 'all'],
    [{ default: 'any' }, 'any'],
    [{ default: 'all' }, 'all'],
    [{}, 'all'],
  ])('%j is %s', (policies, expected) => {
    expect(enforcementOf(policies)).toBe(expected);
  });

  test.each([
    [{ default: 'most' }],
    [{ default: 'Any' }],
    [{ default: '' }],
    [{ [COSIGN_ARTIFACT_TYPE]: 'any', default: 'none' }],
  ])('refuses the value in %j', (policies) => {
    expect(() => enforcementOf(policies)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('it is any or all'),
      }),
    );
  });

  test.each(['application/spdx+json', 'Default', '__proto__', 'constructor'])(
    'refuses the artifact type %s, which could never be satisfied',
    (type) => {
      const policies = Object.fromEntries([
        [type, 'any'],
        [COSIGN_ARTIFACT_TYPE, 'any'],
      ]);

      expect(() => enforcementOf(policies)).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: expect.stringContaining(
            `names the artifact type ${type}: a type that is named must be verified`,
          ),
        }),
      );
    },
  );
});
