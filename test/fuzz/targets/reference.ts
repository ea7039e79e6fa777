import {
  formatReference,
  parseReference,
  type Reference,
  repositoryName,
} from '../../../src/registry/reference.ts';
import { parseMutationKey, parseVerificationKey } from '../../../src/verification/key.ts';
import { accepted } from '../accepted.ts';
import { type FuzzTarget, must } from '../target.ts';
import { editedText } from '../text-edits.ts';

const HEX = 'ab'.repeat(32);
const HONEST = [
  'nginx',
  'nginx:1.25',
  'library/nginx@sha256:'.concat(HEX),
  `docker.io/library/nginx:1.25@sha256:${HEX}`,
  'ghcr.io/org/repo:v1.2.3-rc.1',
  'registry.corp:5000/team_a/app--x/y.z:latest',
  'localhost/app',
  'localhost:5000/app:tag',
  '127.0.0.1:5000/app',
  '[2001:db8::1]:5000/app:tag',
  '[team-a]nginx:1.25',
  `[]ghcr.io/org/repo@sha256:${HEX}`,
  'EXAMPLE.com/org/repo',
  'index.docker.io/library/nginx',
  'ghcr.io:443/org/repo',
];
const TOKENS = [
  ...[
    'sha256:',
    'sha512:',
    HEX,
    `@sha256:${HEX}`,
    ':latest',
    ':443',
    'docker.io',
    'docker.io/',
    'library/',
    '[x]',
    ']',
  ],
  ...[
    '..',
    './',
    '//',
    'http://',
    'user@',
    '%2e',
    '0x7f.1',
    '2130706433',
    '::ffff:127.0.0.1',
    'xn--',
    '\u0430',
    '\uff0e',
  ],
];

/** An image reference, as the key of a request has it. */
export const reference: FuzzTarget = {
  name: 'reference',
  stages: ['accepted', 'in a namespace'],
  inputs: editedText(HONEST, TOKENS, 3),
  check(input, reached) {
    const key = accepted(() => parseVerificationKey(input));
    const pinned = accepted(() => parseMutationKey(input));
    if (input.startsWith('['))
      must(pinned === undefined || key?.namespace === undefined, 'a mutation has a namespace');
    if (key === undefined) {
      must(pinned === undefined, 'a mutation takes what a verification refuses');
      return;
    }
    reached('accepted');
    if (key.namespace !== undefined) {
      reached('in a namespace');
      must(/^[a-z0-9-]{1,63}$/.test(key.namespace), 'a namespace is no DNS label');
    }
    mustBeCanonical(key.reference);
  },
};

function mustBeCanonical(reference: Reference): void {
  const text = formatReference(reference);
  must(/^[\x21-\x7e]+$/.test(text), 'a reference has blanks, control or non-ASCII characters');
  must(
    JSON.stringify(parseReference(text)) === JSON.stringify(reference),
    'its own text reads as something else',
  );
  const { host, path } = reference.repository;
  // What is contacted, and what address rules see.
  const url = new URL(`https://${host}/v2/${path}/manifests/latest`);
  must(url.host === host.replace(/:443$/, '') && url.username === '', 'the host is another one in a URL');
  must(
    url.pathname === `/v2/${path}/manifests/latest` && url.search === '',
    'the path is another one in a URL',
  );
  must(repositoryName(reference.repository).length <= 255, 'a name is too long');
  must(reference.tag !== undefined || reference.digest !== undefined, 'neither tag nor digest');
}
