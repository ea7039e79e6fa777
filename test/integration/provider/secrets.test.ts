import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { ensureDevelopmentCertificate } from '../../../src/server/development-certificate.ts';
import { MUTATE_PATH, VERIFY_PATH } from '../../../src/server/provider-protocol.ts';
import { createLabRegistry, labCases, labFile } from '../../support/lab-registry.ts';
import { inlineKey, policy, storeNamed, trustRoot, verifier, yamlOf } from '../../support/resources.ts';
import { startServeProcess } from '../../support/serve-process.ts';

/** Marks every secret that is planted; what is derived from one is looked for as well. */
const MARK = 'hunter2';

function dockerConfig(auths: Readonly<Record<string, object>>): string {
  return JSON.stringify({ auths });
}

it.each(['text', 'json'])(
  'a run that has secrets everywhere shows none: %s, at trace level',
  async (format) => {
    const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    const certDir = join(folder, 'certs');
    await ensureDevelopmentCertificate({ certDir, names: [], now: Date.now() });
    const seen = new Set<string>();
    const credentials = { user: 'robot', password: `${MARK}-password` };
    const locked = { authentication: { kind: 'basic', credentials } } as const;
    const [open, wrong, unread, redirecting] = [
      createLabRegistry({
        authentication: { kind: 'token', credentials },
        onRequest: ({ headers }) => {
          if (headers.authorization !== undefined) seen.add(headers.authorization.split(' ')[1] ?? '');
          return undefined;
        },
      }),
      createLabRegistry(locked),
      createLabRegistry(locked),
      createLabRegistry({
        onRequest: ({ target }) => {
          if (target.kind !== 'blob') return undefined;
          const location = `https://10.0.0.1/blob?X-Amz-Signature=${MARK}-signature`;
          return { status: 307, headers: { location }, body: Buffer.from(`${MARK}-body`) };
        },
      }),
    ];
    const registries = [open, wrong, unread, redirecting];
    await Promise.all(registries.map((registry) => registry.start()));
    await writeFile(
      join(folder, 'right.json'),
      dockerConfig({
        [open.host]: { auth: Buffer.from(`robot:${credentials.password}`).toString('base64') },
      }),
    );
    await writeFile(
      join(folder, 'wrong.json'),
      dockerConfig({ [wrong.host]: { username: 'robot', password: `${MARK}-wrong-password` } }),
    );
    await writeFile(
      join(folder, 'broken.json'),
      `{"auths": {"x": {"identitytoken": "${MARK}-identity"} nonsense`,
    );
    await writeFile(
      join(folder, 'configuration.yaml'),
      yamlOf(
        policy(),
        verifier([
          {
            name: 'lab',
            scopes: ['*'],
            trustRoot: 'lab',
            tLogVerify: false,
            keys: [{ provider: 'lab-key' }],
          },
        ]),
        trustRoot('lab', labFile('trusted_root.json')),
        inlineKey('lab-key', labFile('cosign.pub')),
        ...Object.entries({ right: open.host, wrong: wrong.host, broken: unread.host }).map(([name, host]) =>
          storeNamed(`store-${name}`, {
            authProvider: { name: 'dockerConfig', configPath: `${name}.json` },
            registries: [{ host, plainHttp: true }],
          }),
        ),
        storeNamed('store-redirecting', { registries: [{ host: redirecting.host, plainHttp: true }] }),
        storeNamed('store-invalid', {
          registries: [{ host: 'registry.test', endpoint: `https://robot:${MARK}-endpoint@registry.test` }],
        }),
      ),
    );
    await writeFile(join(folder, 'damaged.yaml'), `kind: Secret\ndata: { password: ${MARK}-yaml\n  - : [`);

    const process = await startServeProcess(
      ['--config', join(folder, 'configuration.yaml'), '--config', join(folder, 'damaged.yaml')].concat([
        '--cert-dir',
        certDir,
        '--log-level',
        'trace',
        '--log-format',
        format,
      ]),
      { HOME: folder, HTTPS_PROXY: `http://robot:${MARK}-proxy@127.0.0.1:9`, NO_PROXY: '127.0.0.1' },
    );
    onTestFinished(async () => {
      process.kill('SIGKILL');
      await Promise.all(registries.map((registry) => registry.close()));
      await rm(folder, { recursive: true });
    });
    const ca = await readFile(join(certDir, 'ca.crt'), 'utf8');
    const dispatcher = new Agent({ connect: { ca } });
    onTestFinished(() => dispatcher.close());

    async function answered(): Promise<string> {
      const lab = labCases().find((candidate) => candidate.case === 'b-key-bare');
      const hosts = registries.map(({ host }) => host);
      const keys = [...hosts, 'registry.test', 'proxied.test'].flatMap((host) => [
        `${host}/${lab?.repository}@${lab?.digest}`,
        `${host}/${lab?.repository}:${lab?.tag}`,
      ]);
      const headers = { authorization: `Bearer ${MARK}-inbound`, cookie: `session=${MARK}-cookie` };
      const texts: string[] = [];
      for (const path of [VERIFY_PATH, MUTATE_PATH, `/${MARK}-path`]) {
        const url = `https://127.0.0.1:${process.port}${path}`;
        const body = JSON.stringify({ request: { keys } });
        const answer = await request(url, { method: 'POST', headers, body, dispatcher });
        texts.push(await answer.body.text());
      }
      return texts.join('\n');
    }

    // As it is written, and again once nothing of the configuration stands in the way.
    const whileDamaged = await answered();
    await rm(join(folder, 'damaged.yaml'));
    await expect.poll(answered, { timeout: 20_000 }).toContain('"isSuccess":true');
    const answers = `${whileDamaged}\n${await answered()}`;
    const pages = await Promise.all(
      [`${process.healthUrl}/readyz?verbose`, process.metricsUrl].map(async (url) =>
        (await request(url)).body.text(),
      ),
    );
    process.kill('SIGTERM');
    await process.ended;

    const everything = [answers, ...pages, process.output()].join('\n');
    const codes = ['REGISTRY_UNAUTHORIZED', 'CREDENTIALS_UNAVAILABLE', 'ADDRESS_FORBIDDEN', 'POLICY_INVALID'];
    expect(codes.filter((code) => !everything.includes(code))).toEqual([]);
    expect(seen.size).toBeGreaterThanOrEqual(2);
    const key = (await readFile(join(certDir, 'tls.key'), 'utf8')).split('\n')[1] ?? '';
    for (const secret of [...seen, key, Buffer.from(`robot:${MARK}-wrong-password`).toString('base64')]) {
      expect(secret).not.toBe('');
      expect(everything.includes(secret)).toBe(false);
    }
    const leaks = everything.split('\n').filter((line) => line.includes(MARK));
    expect(leaks).toEqual([]);
  },
);
