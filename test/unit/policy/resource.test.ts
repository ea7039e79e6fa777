import { expect, test } from 'vitest';
import { formatResource } from '../../../src/policy/resource.ts';

test('formatResource names the namespace where there is one', () => {
  expect(formatResource({ kind: 'Verifier', name: 'cosign' })).toBe('Verifier cosign');
  expect(formatResource({ kind: 'Store', name: 'oras', namespace: 'team-a' })).toBe('Store team-a/oras');
});
