import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawTree, field, printable } from '../../../src/cli/terminal-text.ts';

describe('printable', () => {
  it('spells out what would steer a terminal, and leaves prose alone', () => {
    expect(printable('ünï → ok “quoted”')).toBe('ünï → ok “quoted”');
    expect(printable('\u001b[32m✔ verified\u001b[0m\r')).toBe('\\u{1b}[32m✔ verified\\u{1b}[0m\\u{d}');
    expect(printable('a\u202eb\u200bc\u009bd\u2028e\ud800')).toBe(
      'a\\u{202e}b\\u{200b}c\\u{9b}d\\u{2028}e\\u{d800}',
    );
  });

  it('bounds what one value takes', () => {
    expect(printable('x'.repeat(5_000))).toBe(`${'x'.repeat(2_048)}…`);
  });

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe('layout', () => {
  it('puts values of one report below each other', () => {
    expect(field('why', 'x')).toBe('  why        x');
  });

  it('draws branches', () => {
    const leaf = { text: 'leaf' };
    const tree = {
      text: 'root',
      branches: [
        { text: 'a', branches: [leaf, leaf] },
        { text: 'b', branches: [leaf] },
      ],
    };
    expect(drawTree(tree)).toBe(
      ['root', '├─ a', '│  ├─ leaf', '│  └─ leaf', '└─ b', '   └─ leaf'].join('\n'),
    );
  });
});
