import { describe, expect, it } from 'vitest';
import { lint } from '../../src/config/lint.ts';
import { attack } from '../support/attack.ts';
import {
  changedRoot,
  createEstablishedSigstore,
  releasePolicy,
  setUpAttack,
} from '../support/attack-set-up.ts';
import type { TrustedRootJson } from '../support/private-sigstore.ts';

interface Window {
  start?: string;
  end?: string;
}

const HOUR = 3_600_000;
const from = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

const OUTSIDE: Readonly<Record<string, Window>> = {
  ended: { start: from(-48), end: from(-1) },
  future: { start: from(1) },
};
const INSIDE: Window = { start: from(-1), end: from(1) };

/** Each part of the trust root that is trusted for a time only, and what a signature outside of it reads. */
const PARTS: Readonly<Record<string, { set(root: TrustedRootJson, validFor: Window): void; code: string }>> =
  {
    'certificate-authority': {
      set: (root, validFor) => {
        for (const authority of root.certificateAuthorities) authority.validFor = validFor;
      },
      code: 'CERTIFICATE_UNTRUSTED',
    },
    'timestamp-authority': {
      set: (root, validFor) => {
        for (const authority of root.timestampAuthorities) authority.validFor = validFor;
      },
      code: 'TIMESTAMP_INVALID',
    },
    'certificate-log': {
      set: (root, validFor) => {
        for (const log of root.ctlogs) log.publicKey.validFor = validFor;
      },
      code: 'SCT_INVALID',
    },
    'transparency-log': {
      set: (root, validFor) => {
        for (const log of root.tlogs) log.publicKey.validFor = validFor;
      },
      code: 'LOG_ENTRY_INVALID',
    },
  };

const WINDOWS = { ...OUTSIDE, inside: INSIDE };
attack(
  'B11',
  'what was trusted once, or will be one day, would count as trusted at the time of signing',
  () => {
    const sigstore = createEstablishedSigstore();
    const rootWith = (part: string, validFor: Window): string =>
      changedRoot(sigstore, (root) => PARTS[part]?.set(root, validFor));
    const trustRoots = Object.fromEntries(
      Object.keys(PARTS).flatMap((part) =>
        Object.entries(WINDOWS).map(([window, validFor]) => [`${part}-${window}`, rootWith(part, validFor)]),
      ),
    );
    const setUp = setUpAttack({
      sigstore,
      trustRoots,
      trustPolicies: (host) =>
        Object.keys(trustRoots).map((name) =>
          releasePolicy(host, { name, scopes: [`${host}/${name}`], trustRoot: name }),
        ),
    });

    describe.each(Object.entries(PARTS))('%s', (part, { code }) => {
      it.each(['v1', 'v2'] as const)('log %s', async (log) => {
        const judge = async (window: string): Promise<string> => {
          const image = setUp.image(`${part}-${window}`);
          return setUp.judge(setUp.attach(image, setUp.bundle(image, { log })));
        };
        expect(await judge('inside')).toBe('verified');
        for (const window of Object.keys(OUTSIDE)) expect(await judge(window)).toBe(`rejected ${code}`);
      });

      it.each<[string, Window]>([
        ['no start', {}],
        ['an end alone', { end: from(1) }],
        ['a start that is no time', { start: 'always' }],
        ['an end before its start', { start: from(1), end: from(-1) }],
      ])('with %s the trust root is an error, and nobody is admitted', async (_, validFor) => {
        const provider = await setUp.another({
          trustPolicies: (host) => [releasePolicy(host)],
          trustRoots: { private: rootWith(part, validFor) },
        });
        const errors = (await lint([provider.folder])).filter(({ severity }) => severity === 'error');
        expect(errors.map((error) => error.code)).toContain('TRUST_ROOT_INVALID');
        expect(await setUp.judge(setUp.signed(), provider)).toBe('unavailable POLICY_INVALID');
      });
    });
  },
);
