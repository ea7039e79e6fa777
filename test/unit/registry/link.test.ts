import { describe, expect, it } from 'vitest';
import { parseNextLink } from '../../../src/registry/link.ts';

describe('parseNextLink', () => {
  it.each([
    ['nothing', undefined, undefined],
    ['the usual', '</v2/a/referrers/x?last=1>; rel="next"', '/v2/a/referrers/x?last=1'],
    ['no quotes', '</x>;rel=next', '/x'],
    ['another letter case', '</x>; REL="NEXT"', '/x'],
    ['several relations', '</x>; rel="last next"', '/x'],
    ['other parameters', '</x>; title="a"; rel="next"', '/x'],
    ['several links', '</a>; rel="prev", </b>; rel="next"', '/b'],
    ['several headers', ['</a>; rel="prev"', '</b>; rel="next"'], '/b'],
    ['another relation', '</a>; rel="nextish"', undefined],
    ['no relation', '</a>', undefined],
    ['no link', 'rel="next"', undefined],
    ['a comma in the URL', '</a,b>; rel="next"', '/a,b'],
  ])('reads %s', (_, header, expected) => {
    expect(parseNextLink(header)).toBe(expected);
  });
});
