import * as fc from 'fast-check';
import { parseNextLink } from '../../../src/registry/link.ts';
import { nextPage } from '../../../src/registry/referrers-page.ts';
import { accepted } from '../accepted.ts';
import { type FuzzTarget, must } from '../target.ts';
import { editedText } from '../text-edits.ts';

const LISTING = new URL('https://registry.example/v2/a/b/referrers/');
const PAGE = new URL(`./sha256:${'ab'.repeat(32)}`, LISTING);
const HONEST = [
  `<${PAGE.pathname}?n=100&last=x>; rel="next"`,
  `<https://registry.example${PAGE.pathname}?last=y>; rel=next`,
  '<?last=z>; title="a, b"; rel="prev next"',
  '</v2/a/b/referrers/x>; rel="first", </v2/a/b/referrers/y>;rel="NEXT"',
];
const TOKENS = [
  ...[
    '<',
    '>',
    '; rel="next"',
    'rel=',
    'next',
    ', ',
    '..',
    '/../',
    '%2e%2e/',
    '\\',
    '//',
    'https://evil.example',
    '@evil.example',
  ],
  ...['http://registry.example', ':444', '/v2/other/referrers/', 'javascript:', '?', '#', '%00', '\t', '\n'],
];

/** The `Link` header of a page of referrers, and where it leads. The input is JSON: a list of headers. */
export const link: FuzzTarget = {
  name: 'link',
  stages: ['link', 'next page'],
  inputs: fc
    .array(editedText(HONEST, TOKENS, 3), { minLength: 1, maxLength: 2 })
    .map((headers) => JSON.stringify(headers)),
  check(input, reached) {
    const headers: string[] = JSON.parse(input);
    if (parseNextLink(headers) !== undefined) reached('link');
    const response = { url: PAGE, status: 200, headers: { link: headers }, body: new Uint8Array() };
    const next = accepted(() => nextPage(response, PAGE, LISTING));
    if (next === undefined) return;
    reached('next page');
    must(next.origin === LISTING.origin && next.username === '', `${next.href} is somewhere else`);
    must(next.pathname.startsWith(LISTING.pathname), `${next.href} is another repository`);
    const segments = next.pathname.split('/').map((segment) => segment.replaceAll(/%2e/gi, '.'));
    must(!segments.includes('..'), `${next.href} leads upwards`);
  },
};
