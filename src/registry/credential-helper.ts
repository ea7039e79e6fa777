import { spawn } from 'node:child_process';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, parseStrictJson } from '../strict-json.ts';
import type { Credential } from './access.ts';

const NAME = /^[a-z0-9-]+$/;
/** What docker-credential-helpers print, with a failure status, where there is nothing to get. */
const NOT_FOUND = 'credentials not found in native keychain';
/** The user name by which helpers mark an identity token. */
const IDENTITY_TOKEN_USER = '<token>';

/**
 * Runs credential helpers, few at a time: each is a process, and which hosts are asked for is up to those who name
 * images. Who comes when too many wait already is turned away.
 */
export class CredentialHelpers {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async ask(name: string, server: string): Promise<Credential | undefined> {
    await this.#turn(name);
    try {
      return await askCredentialHelper(name, server);
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody who comes in between takes it.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(name: string): Promise<void> {
    if (this.#running < limits.credentialHelpers) {
      this.#running += 1;
      return Promise.resolve();
    }
    if (this.#waiting.length >= limits.credentialHelperQueue) {
      return Promise.reject(
        unavailable(`docker-credential-${name}`, 'was not asked: too many hosts wait for helpers'),
      );
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/**
 * Asks `docker-credential-<name> get` (docker-credential-helpers protocol: the server on standard input, a JSON object
 * on standard output).
 *
 * @param server as `docker login` stores it: a host, or Docker Hub's URL
 * @returns undefined where the helper knows of no credentials
 * @throws CREDENTIALS_UNAVAILABLE; never with what the helper printed, which may be a secret
 */
async function askCredentialHelper(name: string, server: string): Promise<Credential | undefined> {
  if (!NAME.test(name)) {
    throw new CountersignError(
      'CREDENTIALS_UNAVAILABLE',
      'the docker config names a credential helper that is not made of lower-case letters, digits and dashes',
    );
  }
  const command = `docker-credential-${name}`;
  const { code, output } = await run(command, server);
  if (code !== 0 && output.trim() === NOT_FOUND) return undefined;
  if (code !== 0) throw unavailable(command, code === null ? 'was killed' : `ended with status ${code}`);
  return readAnswer(command, output);
}

function run(command: string, server: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['get'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const stop = (why: string) => {
      child.kill('SIGKILL');
      // What the helper started itself may live on, and hold its output open.
      child.stdout.destroy();
      reject(unavailable(command, `was stopped: it ${why}`));
    };
    const timer = setTimeout(() => stop('took too long'), limits.credentialHelper);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > limits.tokenResponse) stop('printed too much');
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(unavailable(command, 'could not be started', error));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
    // A helper that ends without reading makes this fail; its status says what happened.
    child.stdin.on('error', () => undefined).end(server);
  });
}

function readAnswer(command: string, output: string): Credential {
  let answer: unknown;
  try {
    answer = parseStrictJson(output);
  } catch (error) {
    throw unavailable(command, 'printed something that is no JSON', error);
  }
  const { Username: username, Secret: secret } = isJsonObject(answer) ? answer : {};
  if (typeof username !== 'string' || typeof secret !== 'string' || secret === '') {
    throw unavailable(command, 'printed no user name and secret');
  }
  return username === IDENTITY_TOKEN_USER
    ? { kind: 'identity-token', token: secret }
    : { kind: 'basic', username, password: secret };
}

function unavailable(command: string, what: string, cause?: unknown): CountersignError {
  return new CountersignError('CREDENTIALS_UNAVAILABLE', `the credential helper ${command} ${what}`, {
    cause,
  });
}
