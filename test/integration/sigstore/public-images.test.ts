import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CandidateContent } from '../../../src/cosign/candidate.ts';
import { readAnnotations } from '../../../src/cosign/signature-manifest.ts';
import { type Digest, digestOf, parseDigest } from '../../../src/registry/digest.ts';
import { compileTrust } from '../../../src/sigstore/trust-material.ts';
import { publicGoodTrustRoot } from '../../../src/sigstore/trust-root.ts';
import { verifyContent } from '../../../src/verification/verify-content.ts';

const FOLDER = new URL('../../../../shared/testdata/', import.meta.url);
const isThere = existsSync(FOLDER);

const trust = compileTrust({
  fingerprint: 'public-good',
  trustedRoot: publicGoodTrustRoot().json,
  keys: [],
  transparencyLog: true,
  certificateTransparency: true,
});

function judge(content: CandidateContent, subject: Digest) {
  return verifyContent(content, subject, () => trust, Date.now());
}

function read(path: string): Buffer {
  return readFileSync(new URL(path, FOLDER));
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Every position would take minutes; these are spread over all of it. */
function positions(length: number): number[] {
  const count = 60;
  return Array.from({ length: count }, (_, index) => Math.floor((index * length) / count));
}

describe.skipIf(!isThere)(
  isThere
    ? 'signatures of public images'
    : 'signatures of public images: SKIPPED, ../shared/testdata is absent',
  () => {
    describe('by cosign 2, keyless, legacy form', () => {
      const material = () => {
        const manifest = JSON.parse(
          read('image-legacy-connaisseur/signature-manifest.json').toString('utf8'),
        );
        const payload = new Uint8Array(read('image-legacy-connaisseur/payload.json'));
        const annotations = readAnnotations(manifest.layers[0]);
        const subject = digestOf(read('image-legacy-connaisseur/image-manifest.json'));
        return { content: { kind: 'simple-signing', payload, annotations } as const, subject };
      };

      it('verifies', () => {
        const { content, subject } = material();
        expect(judge(content, subject)).toMatchObject({
          kind: 'signed',
          signature: {
            signer: {
              kind: 'keyless',
              identity: 'philipp.belitz@securesystems.de',
              issuer: 'https://github.com/login/oauth',
            },
          },
        });
      });

      it('does not with any flipped bit of the payload', () => {
        const { content, subject } = material();
        for (const at of positions(content.payload.length)) {
          const changed = { ...content, payload: flipped(content.payload, at) };
          expect(judge(changed, subject).kind).toBe('invalid');
        }
      });

      it('does not with another certificate, signature or promise', () => {
        const { content, subject } = material();
        for (const name of ['signature', 'bundle', 'certificate'] as const) {
          const value = content.annotations[name] ?? '';
          for (const at of positions(value.length)) {
            const other = value[at] === 'A' ? 'B' : 'A';
            const changed = `${value.slice(0, at)}${other}${value.slice(at + 1)}`;
            const annotations = { ...content.annotations, [name]: changed };
            expect(judge({ ...content, annotations }, subject).kind).toBe('invalid');
          }
        }
      });
    });

    describe('by cosign 3, keyless, bundle', () => {
      const subject = parseDigest('sha256:c811d58de79c92f03214e63aa339484e488d694ae8a6283b5f3f17a9faf50172');
      const material = () => new Uint8Array(read('image-bundle-v3-kubewarden/bundle.json'));

      it('verifies', () => {
        expect(judge({ kind: 'bundle', bytes: material() }, subject)).toMatchObject({
          kind: 'signed',
          signature: {
            signer: {
              kind: 'keyless',
              identity:
                'https://github.com/kubewarden/kubewarden-controller/.github/workflows/release.yml@refs/tags/v1.34.0',
              issuer: 'https://token.actions.githubusercontent.com',
              workflow: {
                repository: 'kubewarden/kubewarden-controller',
                ref: 'refs/tags/v1.34.0',
                trigger: 'push',
              },
            },
            logEntries: [{ integratedTime: 1775719409 }],
            times: [1775719409000, expect.any(Number)],
          },
        });
      });

      it('does not with a flipped bit in anything that is signed', () => {
        const bytes = material();
        const text = Buffer.from(bytes).toString('latin1');
        for (const field of ['payload', 'sig', 'rawBytes', 'signedEntryTimestamp', 'canonicalizedBody']) {
          const { index = 0, 0: key = '' } = new RegExp(`"${field}": ?"`).exec(text) ?? {};
          const start = index + key.length;
          for (const at of positions(text.indexOf('"', start) - start)) {
            const outcome = judge({ kind: 'bundle', bytes: flipped(bytes, start + at) }, subject);
            // Where the predicate type was hit, it is an attestation now.
            expect({ field, at, kind: outcome.kind }).not.toMatchObject({ kind: 'signed' });
          }
        }
      });

      it('does not for another image (B1)', () => {
        const other = parseDigest(`sha256:${'0'.repeat(64)}`);
        expect(judge({ kind: 'bundle', bytes: material() }, other)).toMatchObject({
          reason: { code: 'SUBJECT_MISMATCH' },
        });
      });
    });
  },
);
