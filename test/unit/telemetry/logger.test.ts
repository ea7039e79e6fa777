import { describe, expect, it } from 'vitest';
import { reason } from '../../../src/errors.ts';
import { createLogger, type LogFormat, logPin, logVerdict } from '../../../src/telemetry/logger.ts';
import type { SignatureReport, Signer } from '../../../src/verdict.ts';
import { keyResult, UNAVAILABLE } from '../../support/verification-service.ts';

function capture(format: LogFormat = 'json') {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    format,
    stream: { write: (line: string) => void lines.push(line) },
  });
  return { logger, lines, entry: (): Record<string, unknown> => JSON.parse(lines[0] ?? '') };
}

const signer: Signer = { kind: 'keyless', issuer: 'https://issuer.example', identity: 'ci@example.com' };
const source = { path: 'referrers-api', manifest: 'sha256:1', blob: 'sha256:2', form: 'bundle' } as const;
const satisfied: SignatureReport = {
  source,
  verifier: 'v',
  policy: 'p',
  result: { kind: 'satisfied', signature: { signer, logEntries: [], times: [] } },
};

describe('logVerdict', () => {
  it('tells who signed', () => {
    const { logger, entry } = capture();
    const result = keyResult(
      'nginx:1',
      { kind: 'verified', reports: [satisfied, satisfied] },
      { subject: 'n@sha256:3' },
    );

    logVerdict(logger, 'r', 't', { ...result, cache: 'hit', durations: { total: 3, resolve: 1 } });

    expect(entry()).toEqual({
      level: 'info',
      time: expect.any(String),
      msg: 'verdict',
      requestId: 'r',
      traceId: 't',
      key: 'nginx:1',
      subject: 'n@sha256:3',
      digest: 'sha256:3',
      verdict: 'verified',
      signers: ['ci@example.com (https://issuer.example)'],
      policies: ['p'],
      cache: 'hit',
      durations: { total: 3, resolve: 1 },
    });
  });

  it('tells why not', () => {
    const { logger, entry } = capture();
    const why = reason('KEY_MISMATCH', 'no key fits');
    const failed: SignatureReport = {
      ...satisfied,
      result: { kind: 'failed', reason: why, signer: { kind: 'key', name: 'k', fingerprint: 'f' } },
    };

    logVerdict(logger, 'r', 't', keyResult('a', { kind: 'rejected', reasons: [why], reports: [failed] }));

    expect(entry()).toMatchObject({
      level: 'info',
      verdict: 'rejected',
      code: 'KEY_MISMATCH',
      reason: 'no key fits',
      signers: ['key k'],
    });
  });

  it('warns where nobody could tell', () => {
    const { logger, entry } = capture();

    logVerdict(logger, 'r', 't', keyResult('a', UNAVAILABLE, { systemError: reason('NO_POLICY', 'none') }));

    expect(entry()).toMatchObject({ level: 'warn', code: 'REGISTRY_UNREACHABLE', systemError: 'NO_POLICY' });
  });
});

it('says nothing of each of the thousands of keys past the limit', () => {
  const { logger, lines } = capture();
  const why = reason('TOO_MANY_KEYS', 'too many');

  logVerdict(logger, 'r', 't', keyResult('a', { kind: 'unavailable', cause: why, reports: [] }));
  logPin(logger, 'r', 't', { key: 'a', error: why });

  expect(lines).toEqual([]);
});

it('logs a pinned reference, and warns of one that could not be', () => {
  const { logger, lines } = capture();

  logPin(logger, 'r', 't', { key: 'a:1', value: 'a@sha256:1' });
  logPin(logger, 'r', 't', { key: 'b:1', error: reason('IMAGE_NOT_FOUND', 'gone') });

  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'info', msg: 'pinned', key: 'a:1', value: 'a@sha256:1' },
    { level: 'warn', msg: 'not pinned', key: 'b:1', code: 'IMAGE_NOT_FOUND' },
  ]);
});

describe('secrets', () => {
  it.each(['json', 'text'] as const)('are blotted out in %s, wherever they stand', (format) => {
    const { logger, lines } = capture(format);

    logger.info({
      Authorization: 'hunter2',
      headers: { 'proxy-authorization': 'hunter2', accept: 'kept' },
      deep: [
        { er: { registry: { identitytoken: 'hunter2', access_token: 'hunter2', Password: 'hunter2' } } },
      ],
    });
    logger.child({ requestId: 'r' }).info({ token: 'hunter2' }, 'child');
    logger.error(Object.assign(new Error('failed'), { request: { headers: { authorization: 'hunter2' } } }));
    logger.error({
      err: new Error('outer', { cause: Object.assign(new Error('inner'), { token: 'hunter2' }) }),
    });

    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines[0]).toContain('kept');
    expect(lines[3]).toContain('inner');
  });
});

describe('text', () => {
  it('is one line that a person can read', () => {
    const { logger, lines } = capture('text');

    logger.warn({ key: 'nginx:1.25', reason: 'not found', policies: ['a', 'b'] }, 'verdict');

    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}verdict key=nginx:1\.25 reason="not found" policies=\["a","b"\]\n$/,
    );
  });

  it('shows the stack of an error and of its cause below', () => {
    const { logger, lines } = capture('text');

    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'broken');

    expect(lines[0]).toMatch(/^\S+ ERROR broken\n {4}Error: outer\n {4} +at /);
    expect(lines[0]).toContain('\n    Error: inner\n');
  });

  it('lets nothing that is logged fake a line or talk to the terminal', () => {
    const { logger, lines } = capture('text');

    logger.info({ key: 'a\n00:00:00.000 INFO  fake', other: '\u001b[2J\u009b1m\u2028' }, 'one\ntwo');

    expect(lines[0]?.trimEnd()).not.toMatch(/[\p{Cc}\u2028]/u);
  });
});
