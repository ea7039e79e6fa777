import { describe, expect, it } from 'vitest';
import { publicGoodTrustRoot } from '../../../src/sigstore/trust-root.ts';
import { trustRootLifetime } from '../../../src/sigstore/trust-root-lifetime.ts';
import { labFile } from '../../support/lab-registry.ts';

interface Log {
  publicKey: { validFor: { start: string; end?: string } };
}

const lab = () => JSON.parse(labFile('trusted_root.json')) as Record<'tlogs' | 'ctlogs', Log[]>;

describe('the lifetime of a trust root', () => {
  it('begins, for the one that comes with the program, when that was published', () => {
    const { json, date } = publicGoodTrustRoot();

    expect(trustRootLifetime(json).asOf).toBe(Date.parse(date));
  });

  it('begins, for others, with the newest date in it', () => {
    const root = lab();
    for (const log of root.ctlogs) log.publicKey.validFor = { start: '2031-01-01T00:00:00Z' };

    expect(trustRootLifetime(JSON.stringify(root)).asOf).toBe(Date.UTC(2031, 0, 1));
  });

  it('ends when of one sort nothing is valid any longer, and its chains end with their certificates', () => {
    const asItIs = trustRootLifetime(labFile('trusted_root.json'));
    const root = lab();
    const end = '2026-12-01T00:00:00Z';
    const [firstLog, ...others] = root.tlogs;
    if (firstLog === undefined || others.length === 0) throw new Error('the lab has two logs');
    firstLog.publicKey.validFor.end = end;
    expect(trustRootLifetime(JSON.stringify(root)).expires).toBe(asItIs.expires);

    for (const log of others) log.publicKey.validFor.end = end;

    expect(asItIs.expires).toBeGreaterThan(Date.now());
    expect(trustRootLifetime(JSON.stringify(root)).expires).toBe(Date.parse(end));
  });
});
