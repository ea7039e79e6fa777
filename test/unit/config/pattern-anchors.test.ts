import { describe, expect, it } from 'vitest';
import { isAnchored } from '../../../src/config/pattern-anchors.ts';

describe('isAnchored', () => {
  it.each(['^a$', '\\Aa\\z', '^(a|b)$', '^a\\|b$', '^[a|b]$', '^a\\\\$', '^(?:a|(b|c))$'])(
    'holds for %s',
    (pattern) => {
      expect(isAnchored(pattern)).toBe(true);
    },
  );

  it.each(['a', '^a', 'a$', '^a\\$', '^a|b$', '(?m)^a$', '^a\\\\\\$', '', '^(a)|(b)$', '^a\\\\z'])(
    'does not hold for %s',
    (pattern) => {
      expect(isAnchored(pattern)).toBe(false);
    },
  );
});
