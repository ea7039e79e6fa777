import { expect, it } from 'vitest';
import { attack } from '../support/attack.ts';
import { verdictOf } from '../support/attack-set-up.ts';
import { setUpHostileRegistry } from '../support/hostile-registry.ts';

const HEX = 'ab'.repeat(32);

/** Texts that somebody could read as an image of HOST. NAME is the repository of a signed one, DIGEST its digest. */
const CONFUSING: readonly string[] = [
  '',
  ' HOST/NAME:v1',
  'HOST/NAME:v1 ',
  'HOST/NAME:v1\n',
  '\tHOST/NAME:v1',
  'HOST/NAME\t:v1',
  'HOST/NAME:v1\r\nX-Header: 1',
  'HOST/NAME:v1\0',
  'HOST/NAME:v1\u00A0',
  '\uFEFFHOST/NAME:v1',
  'HOST/NAME\u200B:v1',
  'HOST/NAME\u2215x:v1',
  'HOST／NAME:v1',
  'HOST/NAME：v1',
  'HOST/ＮＡＭＥ:v1',
  'HOST/nаme:v1', // Cyrillic а
  'HOST/NAME:v１',
  'HOST/NAME%2fx:v1',
  'HOST%2fNAME:v1',
  'HOST/NAME%3Av1',
  'HOST/NAME?x:v1',
  'HOST/NAME#x:v1',
  'HOST/NAME;x:v1',
  'HOST/NAME,HOST/NAME:v1',
  'HOST/NAME:v1,v2',
  'HOST\\NAME:v1',
  'HOST/../NAME:v1',
  'HOST/./NAME:v1',
  'HOST/NAME/..:v1',
  'HOST//NAME:v1',
  'HOST/NAME/:v1',
  '/HOST/NAME:v1',
  '//HOST/NAME:v1',
  'http://HOST/NAME:v1',
  'docker://HOST/NAME:v1',
  'oci:HOST/NAME:v1',
  'user@HOST/NAME:v1',
  'HOST/Name:v1',
  'HOST/NAME-:v1',
  'HOST/-NAME:v1',
  'HOST/NAME..x:v1',
  'HOST/NAME___x:v1',
  'HOST/NAME:',
  'HOST/NAME:-v1',
  'HOST/NAME:.v1',
  `HOST/NAME:${'v'.repeat(129)}`,
  'HOST/NAME:v1:v2',
  'HOST/NAME@',
  'HOST/NAME@v1',
  'HOST/NAME@DIGEST@DIGEST',
  'HOST/NAME@DIGEST:v1',
  'HOST/NAME@@DIGEST',
  `HOST/NAME@sha256:${HEX.toUpperCase()}`,
  `HOST/NAME@SHA256:${HEX}`,
  `HOST/NAME@sha256:${HEX.slice(1)}`,
  `HOST/NAME@sha256:${HEX}0`,
  `HOST/NAME@sha256-${HEX}`,
  `HOST/NAME@sha512:${HEX}${HEX}`,
  `HOST/NAME@sha1:${HEX.slice(24)}`,
  `HOST/NAME@sha256+b64:${HEX}`,
  'HOST',
  'HOST/',
  'HOST:v1',
  HEX,
  `HOST/${'a/'.repeat(130)}x:v1`,
];

attack('F5', 'a text would be read as one image here and as another one by the kubelet', () => {
  const { setUp, hostile } = setUpHostileRegistry();

  it.each(CONFUSING)('%j is no image', async (text) => {
    const { digest } = setUp.signed('bundle', 'acme/f05', 'v1');
    const key = text
      .replaceAll('HOST', setUp.host)
      .replaceAll('NAME', 'acme/f05')
      .replaceAll('DIGEST', digest);
    const before = hostile.seen('acme/f05').length;
    // A bare host and port reads as a Docker Hub image with a tag, or as none: never as one of this registry.
    const expected = /^[\w.]+:\d+$/.test(key) ? 'rejected NO_MATCHING_POLICY' : 'rejected REFERENCE_INVALID';
    expect(await setUp.judge(key)).toBe(expected);
    expect(hostile.seen('acme/f05')).toHaveLength(before);
  });

  it('twin: what the kubelet reads as this image is read so here', async () => {
    const { digest, key } = setUp.signed('bundle', 'acme/f05-twin', 'latest');
    setUp.registry.push('acme/f05-twin', { ...manifest(digest), tag: 'V_1.0-x' });
    const name = `${setUp.host}/acme/f05-twin`;
    const keys = [
      name,
      `${name}:latest`,
      `${name}:V_1.0-x`,
      `${name}@${digest}`,
      `${name}:latest@${digest}`,
      // The digest decides, whatever the tag leads to.
      `${name}:does-not-exist@${digest}`,
    ];
    const values = await setUp.provider.verify(...keys);
    expect(values.map(verdictOf)).toEqual(keys.map(() => 'verified'));
    expect(values.map(({ subject }) => subject)).toEqual(keys.map(() => key));
  });

  it('names without a host are those of Docker Hub', async () => {
    const provider = await setUp.another({
      trustPolicies: () => [
        {
          name: 'hub',
          scopes: ['docker.io/library/nginx'],
          requireDigest: true,
          trustRoot: 'private',
          keyless: { identities: [{ issuer: 'x', identity: 'y' }] },
        },
      ],
    });
    const hub = [
      'nginx',
      'nginx:1.25',
      'library/nginx',
      'docker.io/nginx',
      'index.docker.io/library/nginx',
      'DOCKER.IO/nginx',
    ];
    const values = await provider.verify(...hub);
    // Governed by the scope, so the names were read alike: the policy asks for a digest.
    expect(values.map(verdictOf)).toEqual(hub.map(() => 'rejected TAG_NOT_PINNED'));
    const others = [
      'docker.io.attacker.test/nginx',
      'xdocker.io/library/nginx',
      'nginx/nginx',
      'localhost/library/nginx',
      'library.nginx/nginx',
    ];
    const ungoverned = await provider.verify(...others);
    expect(ungoverned.map(verdictOf)).toEqual(others.map(() => 'rejected NO_MATCHING_POLICY'));
  });

  function manifest(digest: string) {
    const stored = setUp.registry.manifest('acme/f05-twin', digest);
    if (stored === undefined) throw new Error('not pushed');
    return stored;
  }
});
