import { describe, expect, it } from 'vitest';
import { describeMutations } from './field-by-field.ts';
import { hasPublicMaterial, publicMaterials } from './material.ts';

if (hasPublicMaterial) describeMutations('what other projects signed in public', publicMaterials(), 8);

describe.skipIf(!hasPublicMaterial)(
  hasPublicMaterial ? 'public material' : 'public material: SKIPPED, ../shared/testdata is absent',
  () => {
    it('is there', () => {
      expect(publicMaterials()).toHaveLength(2);
    });
  },
);
