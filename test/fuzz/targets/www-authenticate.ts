import { BlockList, isIP } from 'node:net';
import * as fc from 'fast-check';
import type { RegistryAccess } from '../../../src/registry/access.ts';
import { parseChallenges } from '../../../src/registry/challenge.ts';
import { anonymousCredentials } from '../../../src/registry/docker-config.ts';
import { maySeeCredentials, parseRealm } from '../../../src/registry/realm.ts';
import { accepted } from '../accepted.ts';
import { type FuzzTarget, must } from '../target.ts';
import { editedText } from '../text-edits.ts';

const HONEST = [
  'Bearer realm="https://auth.registry.example/token",service="registry.example",scope="repository:a/b:pull"',
  'Basic realm="Registry"',
  'bearer realm="https://registry.example/token", error="invalid_token", Basic realm="x\\"y"',
  'Negotiate, Bearer realm=https://registry.example/token,service=s',
  'NTLM TlRMTVNTUAAB==, Bearer realm="https://registry.example/token"',
];
const TOKENS = [
  ...[
    'Bearer',
    'Basic ',
    'realm=',
    'realm="',
    'service=',
    ', ',
    '"',
    '\\"',
    '=',
    '==',
    'https://',
    'http://',
    '//',
    '@',
  ],
  ...[
    'registry.example',
    'evil.example',
    'user:password@',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
  ],
];

const access: RegistryAccess = {
  host: 'registry.example',
  endpoint: new URL('https://registry.example'),
  allowPrivate: false,
  privateHosts: new Set(),
  plainHosts: new Set(),
  credentials: anonymousCredentials,
  cosignEnabled: true,
  fingerprint: 'f',
};

/** Some of what address rules refuse (RFC 6890); those themselves have tests of their own. */
const HOME = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  HOME.addSubnet(network, prefix, 'ipv4');
}
HOME.addAddress('::1', 'ipv6');
HOME.addSubnet('fc00::', 7, 'ipv6');
HOME.addSubnet('fe80::', 10, 'ipv6');

function isAtHome(hostname: string): boolean {
  const address = hostname.replaceAll(/[[\]]/g, '');
  const version = isIP(address);
  return version !== 0 && HOME.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** One or several `WWW-Authenticate` headers, and the token server that they name. The input is JSON: a list of headers. */
export const wwwAuthenticate: FuzzTarget = {
  name: 'www-authenticate',
  stages: ['challenge', 'bearer with realm', 'token server'],
  inputs: fc
    .array(editedText(HONEST, TOKENS, 3), { minLength: 1, maxLength: 3 })
    .map((headers) => JSON.stringify(headers)),
  check(input, reached) {
    const challenges = parseChallenges(JSON.parse(input) as string[]);
    if (challenges.length > 0) reached('challenge');
    for (const { scheme, parameters } of challenges) {
      must(scheme !== '' && scheme === scheme.toLowerCase(), 'a scheme is not in lower case');
      must(
        [...parameters.keys()].every((name) => name === name.toLowerCase()),
        'a name is not in lower case',
      );
      const realm = parameters.get('realm');
      if (scheme !== 'bearer' || realm === undefined) continue;
      reached('bearer with realm');
      const url = accepted(() => parseRealm(access, realm));
      if (url === undefined) continue;
      reached('token server');
      must(
        url.protocol === 'https:' && url.username === '' && url.password === '',
        `${url.href} is no token server`,
      );
      must(!isAtHome(url.hostname), `${url.href} is an address of this network`);
      const { hostname } = url;
      const isSame = hostname === 'registry.example';
      must(isSame === maySeeCredentials(access, url), `${hostname} may see the credentials, or may not`);
    }
  },
};
