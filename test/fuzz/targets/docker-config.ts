import { CountersignError } from '../../../src/errors.ts';
import {
  normaliseServer,
  parseDockerConfig,
  readAuthEntry,
} from '../../../src/registry/docker-config-file.ts';
import { parseStrictJson } from '../../../src/strict-json.ts';
import { accepted } from '../accepted.ts';
import { editedJson } from '../json-edits.ts';
import { bytesOf, type FuzzTarget, must, textOf } from '../target.ts';

const SECRET = 'hunter2-hunter2';
const AUTH = Buffer.from(`user:${SECRET}`).toString('base64');
const HONEST = [
  {
    auths: {
      'https://index.docker.io/v1/': { auth: AUTH },
      'ghcr.io': { username: 'user', password: SECRET },
    },
  },
  { auths: { 'registry.corp:5000': { identitytoken: SECRET }, 'quay.io': {} }, credsStore: 'desktop' },
  { auths: {}, credHelpers: { 'gcr.io': 'gcloud', 'public.ecr.aws': 'ecr-login' }, HttpHeaders: { a: 'b' } },
].map((config) => JSON.stringify(config));
const TOKENS = [
  AUTH,
  'auths',
  'auth',
  'credHelpers',
  'credsStore',
  'https://',
  'ghcr.io',
  'GHCR.IO/v2/',
  '../x',
  'user:',
  '\u0000',
];

/** A docker `config.json`. Its secrets must not be seen in what is said about it. */
export const dockerConfig: FuzzTarget = {
  name: 'docker-config',
  stages: ['JSON', 'config', 'credential'],
  inputs: editedJson(HONEST, TOKENS).map((edited) => textOf(Buffer.from(edited))),
  check(input, reached) {
    const bytes = bytesOf(input);
    if (accepted(() => parseStrictJson(bytes)) !== undefined) reached('JSON');
    const config = discreet(() => parseDockerConfig(bytes, '/path'));
    if (config === undefined) return;
    reached('config');
    for (const [host, entry] of config.auths) {
      must(normaliseServer(host) === host, 'a host has two normal forms');
      const credential = discreet(() => readAuthEntry(entry, '/path'));
      if (credential === undefined) continue;
      reached('credential');
      const parts =
        credential.kind === 'basic' ? [credential.username, credential.password] : [credential.token];
      must(
        parts.every((part) => typeof part === 'string'),
        'a credential is no text',
      );
      must(parts[0] !== '', 'a credential is empty');
    }
  },
};

/** Like `accepted`, and holds what is said against the secret. */
function discreet<T>(parse: () => T): T | undefined {
  return accepted(() => {
    try {
      return parse();
    } catch (error) {
      if (error instanceof CountersignError) {
        const said = `${error.message} ${error.remediation} ${JSON.stringify(error.reason)}`;
        must(!said.includes(SECRET) && !said.includes(AUTH), 'an error tells a secret');
      }
      throw error;
    }
  });
}
