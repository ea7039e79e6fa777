import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ConformanceCase, conformanceCases, hasConformanceCases } from './cases.ts';
import { printTable } from './table.ts';

const CLIENT = fileURLToPath(new URL('./client', import.meta.url));
/** What the client hands over to, whatever Node it was started with. */
const PROGRAM = fileURLToPath(new URL('./client-main.ts', import.meta.url));
/** As many as this machine has cores to spare. */
const AT_ONCE = 3;

const env = {
  ...process.env,
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  NODE_COMPILE_CACHE: join(tmpdir(), 'countersign-compile-cache'),
};

interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Spawned as the suite does it: by its path alone. */
function client(...args: readonly string[]): Promise<Answer> {
  return run(CLIENT, args);
}

function run(program: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(program, args, { env }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      resolve({ exitCode: typeof exitCode === 'number' ? exitCode : -1, stdout, stderr });
    });
  });
}

/** `verified`, or the code on standard error. */
function verdictOf({ exitCode, stdout, stderr }: Answer): string {
  if (exitCode === 0)
    return stdout.startsWith('verified: signed by ') ? 'verified' : 'a success without a signer';
  return /^client: not verified, ([A-Z_0-9]+): .+\n$/.exec(stderr)?.[1] ?? `exit code ${exitCode}: ${stderr}`;
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

const CODE = /^[A-Z][A-Z_0-9]+$/;

describe.skipIf(!hasConformanceCases)(
  hasConformanceCases
    ? 'the conformance client, spawned'
    : 'the conformance client: SKIPPED, ../shared/testdata/conformance is absent',
  () => {
    it('answers the 47 cases by file and by digest', { timeout: 300_000 }, async () => {
      const cases = conformanceCases();
      const answered = await inTurns(cases, async (each: ConformanceCase) => ({
        each,
        file: verdictOf(await client(...each.arguments, each.file)),
        digest: verdictOf(await client(...each.arguments, each.digest)),
      }));
      printTable(
        ['case', 'expected', 'file', 'digest'],
        answered.map(({ each, file, digest }) => [each.name, each.expected, file, digest]),
      );
      expect(answered).toHaveLength(47);
      for (const { each, file, digest } of answered) {
        if (each.expected === 'rejected') {
          expect([each.name, file], each.name).toEqual([each.name, expect.stringMatching(CODE)]);
          expect([each.name, digest], each.name).toEqual([each.name, expect.stringMatching(CODE)]);
        } else {
          expect([each.name, file]).toEqual([each.name, 'verified']);
          // Node verifies no ECDSA signature over a digest that was made elsewhere: said, not guessed.
          const isEnvelope = Buffer.from(each.request.bundle).includes('"dsseEnvelope"');
          expect([each.name, digest]).toEqual([each.name, isEnvelope ? 'verified' : 'SIGNATURE_UNSUPPORTED']);
        }
      }
    });
  },
);

it('the conformance client passes arguments and exit code on', async () => {
  const args = ['verify-bundle', '--bundle', 'with a blank', '--key', '$HOME', '*'];
  const answer = await client(...args);
  expect(answer).toEqual(await run(process.execPath, [PROGRAM, ...args]));
  expect(answer.stderr).toContain('with a blank cannot be read');
});

describe('the conformance client refuses with a sentence and exit code 2', () => {
  it.each([
    ['to sign', ['sign-bundle', '--identity-token', 't', '--bundle', 'b', 'f'], 'makes none'],
    ['without a command', [], 'there is verify-bundle'],
    [
      'the staging instance',
      ['verify-bundle', '--staging', '--bundle', 'b', '--key', 'k', 'f'],
      'the staging instance of Sigstore is not known',
    ],
    [
      'a key together with an identity',
      ['verify-bundle', '--bundle', CLIENT, '--key', 'k', '--certificate-identity', 'i', CLIENT],
      'two different signers',
    ],
    ['to verify for anybody', ['verify-bundle', '--bundle', CLIENT, CLIENT], 'a signer is needed'],
    [
      'an identity without its issuer',
      ['verify-bundle', '--bundle', CLIENT, '--certificate-identity', 'i', CLIENT],
      'a signer is needed',
    ],
    [
      'an option that it does not know',
      ['verify-bundle', '--bundle', CLIENT, '--rekor-url', 'u', CLIENT],
      '--rekor-url',
    ],
    [
      'a file that is not there',
      ['verify-bundle', '--bundle', 'no-such-bundle', '--key', CLIENT, CLIENT],
      'no-such-bundle cannot be read',
    ],
    ['two artifacts', ['verify-bundle', '--bundle', CLIENT, '--key', CLIENT, 'a', 'b'], 'one FILE'],
  ])('%s', async (_what, args, sentence) => {
    const { exitCode, stdout, stderr } = await client(...args);
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });
});
