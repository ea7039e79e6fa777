import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { reason } from '../../../src/errors.ts';
import type { Governance, Snapshot } from '../../../src/policy/snapshot.ts';
import type { RegistryClient } from '../../../src/registry/client.ts';
import type { Reference } from '../../../src/registry/reference.ts';
import type { Verdict } from '../../../src/verdict.ts';
import { Flights } from '../../../src/verification/flights.ts';
import { ImageVerifier } from '../../../src/verification/image-verifier.ts';
import type { SubjectJudgement } from '../../../src/verification/subject-verifier.ts';
import { TagResolver } from '../../../src/verification/tag-resolver.ts';
import { VerdictCache } from '../../../src/verification/verdict-cache.ts';
import { accessTo } from '../../support/registry-access.ts';
import { trustPolicy } from '../policy/builders.ts';

const DIGEST = `sha256:${'d'.repeat(64)}` as const;
const IMAGE = `ghcr.io/org/app@${DIGEST}`;
const access = accessTo('http://127.0.0.1:1');
const flights = { max: 100, timeLimit: 60_000 };

const verified: Verdict = { kind: 'verified', reports: [] };

function governed(fingerprint = 'one'): Governance {
  const policies = [trustPolicy()] as const;
  return {
    kind: 'governed',
    scope: '*',
    policies,
    enforcement: 'any',
    access,
    requireDigest: false,
    fingerprint,
  };
}

/** The world below the pipeline: what governs, where tags point, and what is found out about an image. */
class World {
  governing: (reference: Reference) => Governance = () => governed();
  resolve: RegistryClient['resolve'] = async () => DIGEST;
  examine: () => Promise<Verdict> = async () => verified;
  resolved = 0;
  examined = 0;

  readonly verifier: ImageVerifier;

  constructor() {
    const snapshot = { governing: (reference: Reference) => this.governing(reference), access: () => access };
    const client = {
      resolve: (...asked: Parameters<RegistryClient['resolve']>) => {
        this.resolved += 1;
        return this.resolve(...asked);
      },
    };
    this.verifier = new ImageVerifier({
      clock: systemClock,
      snapshot: () => snapshot as unknown as Snapshot,
      resolver: new TagResolver(
        client as unknown as RegistryClient,
        { ttl: 60_000, maxEntries: 10, flights },
        systemClock,
      ),
      verdicts: new VerdictCache(
        { verifiedTtl: 60_000, rejectedTtl: 60_000, maxBytes: 100_000 },
        systemClock,
      ),
      flights: new Flights<SubjectJudgement>(flights),
      verifySubject: async () => {
        this.examined += 1;
        return { verdict: await this.examine(), durations: { discover: 1, verify: 2 } };
      },
    });
  }

  verify(key: string, milliseconds = 60_000) {
    return this.verifier.verify(key, { deadline: systemClock.monotonic() + milliseconds });
  }

  pin(key: string) {
    return this.verifier.pin(key, { deadline: systemClock.monotonic() + 60_000 });
  }
}

describe('ImageVerifier.verify', () => {
  it('warm: neither the registry nor any cryptography is asked again', async () => {
    const world = new World();
    expect(await world.verify('ghcr.io/org/app:v1')).toMatchObject({
      verdict: verified,
      cache: 'miss',
      subject: IMAGE,
    });
    expect(await world.verify('ghcr.io/org/app:v1')).toMatchObject({ verdict: verified, cache: 'hit' });
    expect(await world.verify(IMAGE)).toMatchObject({ verdict: verified, cache: 'hit' });
    expect([world.resolved, world.examined]).toEqual([1, 1]);
  });

  it('F1: what governs is part of what a verdict is kept under', async () => {
    const world = new World();
    await world.verify(IMAGE);
    world.governing = () => governed('another');
    expect(await world.verify(IMAGE)).toMatchObject({ cache: 'miss' });
    expect(world.examined).toBe(2);
  });

  it('asks once for all who ask at the same time', async () => {
    const world = new World();
    const results = await Promise.all([world.verify(IMAGE), world.verify(IMAGE), world.verify(IMAGE)]);
    expect(results.map(({ cache }) => cache)).toEqual(['miss', 'shared', 'shared']);
    expect(world.examined).toBe(1);
  });

  it('answers at the deadline, and the retry finds what came of it', async () => {
    const world = new World();
    const found = Promise.withResolvers<Verdict>();
    world.examine = () => found.promise;
    expect(await world.verify(IMAGE, 5)).toMatchObject({
      verdict: { kind: 'unavailable', cause: { code: 'DEADLINE_EXCEEDED' } },
      subject: IMAGE,
      policies: ['release'],
    });
    found.resolve(verified);
    await found.promise;
    expect(await world.verify(IMAGE)).toMatchObject({ verdict: verified });
    expect(world.examined).toBe(1);
  });

  it('F2: an outage is not kept', async () => {
    const world = new World();
    world.examine = async () => ({
      kind: 'unavailable',
      cause: reason('REGISTRY_ERROR', '500'),
      reports: [],
    });
    expect(await world.verify(IMAGE)).toMatchObject({ verdict: { kind: 'unavailable' } });
    world.examine = async () => verified;
    expect(await world.verify(IMAGE)).toMatchObject({ verdict: verified });
  });

  it('B19: whatever is thrown is the verdict of that key alone, and never a yes', async () => {
    const world = new World();
    world.examine = () => Promise.reject(new TypeError('a bug'));
    expect(await world.verify(IMAGE)).toMatchObject({
      verdict: { kind: 'unavailable', cause: { code: 'INTERNAL_ERROR' } },
    });
    world.governing = () => {
      throw new TypeError('another bug');
    };
    expect(await world.verify(IMAGE)).toMatchObject({ verdict: { kind: 'unavailable' } });
  });

  it.each<[Governance, string, string]>([
    [{ kind: 'ungoverned', nearest: ['ghcr.io/organ/*'] }, 'rejected', 'NO_MATCHING_POLICY'],
    [{ kind: 'invalid', reason: reason('POLICY_INVALID', 'broken') }, 'unavailable', 'POLICY_INVALID'],
    [{ kind: 'system', reason: reason('NO_POLICY', 'none') }, 'unavailable', 'NO_POLICY'],
  ])('%o', async (governance, kind, code) => {
    const world = new World();
    world.governing = () => governance;
    const { verdict, systemError } = await world.verify(IMAGE);
    expect(verdict.kind).toBe(kind);
    expect(verdict).toMatchObject(kind === 'rejected' ? { reasons: [{ code }] } : { cause: { code } });
    expect(systemError?.code).toBe(governance.kind === 'system' ? code : undefined);
    expect(world.examined).toBe(0);
  });

  it('an image that is not there, and a key that is none', async () => {
    const world = new World();
    world.resolve = async () => undefined;
    expect(await world.verify('ghcr.io/org/app:gone')).toMatchObject({
      verdict: { kind: 'rejected', reasons: [{ code: 'IMAGE_NOT_FOUND' }] },
    });
    expect(await world.verify('[not a namespace]x')).toMatchObject({ verdict: { kind: 'rejected' } });
  });
});

describe('ImageVerifier.pin', () => {
  it('answers the digest, and leaves alone what has one', async () => {
    const world = new World();
    expect(await world.pin('ghcr.io/org/app:v1')).toEqual({ key: 'ghcr.io/org/app:v1', value: IMAGE });
    expect(await world.pin(`ghcr.io/org/app:v1@${DIGEST}`)).toEqual({
      key: `ghcr.io/org/app:v1@${DIGEST}`,
      value: `ghcr.io/org/app:v1@${DIGEST}`,
    });
    expect(world.resolved).toBe(1);
  });

  it('has an error or a value, never both', async () => {
    const world = new World();
    world.resolve = async () => undefined;
    const result = await world.pin('ghcr.io/org/app:gone');
    expect(result).toMatchObject({ error: { code: 'IMAGE_NOT_FOUND' } });
    expect(result).not.toHaveProperty('value');
  });
});
