import { describe, expect, it } from 'vitest';
import { type Flags, readSettings, settings } from '../../../src/config/settings.ts';

describe('settings', () => {
  it('have defaults', () => {
    expect(readSettings({}, {})).toEqual({
      config: ['config/default'],
      address: { host: '127.0.0.1', port: 6001 },
      certDir: 'certs',
      clientCaFile: [],
      tlsMinVersion: 'TLSv1.3',
      healthAddress: { host: '127.0.0.1', port: 9099 },
      metricsAddress: { host: '127.0.0.1', port: 8888 },
      logLevel: 'info',
      logFormat: 'json',
      traceIdHeader: [],
      verifyDeadline: 1_900,
      mutateDeadline: 750,
      verifiedTtl: 3_600_000,
      rejectedTtl: 10_000,
      tagTtl: 5_000,
      cacheSize: 64 * 1024 * 1024,
      workers: 2,
    });
  });

  it('come from flags, then from the environment', () => {
    const environment = {
      COUNTERSIGN_LOG_LEVEL: 'debug',
      COUNTERSIGN_ADDRESS: ':7001',
      COUNTERSIGN_CONFIG: '/a:/b',
      COUNTERSIGN_TAG_TTL: '',
    };
    expect(readSettings({ logLevel: 'warn' }, environment)).toMatchObject({
      logLevel: 'warn',
      address: { host: '::', port: 7001 },
      config: ['/a', '/b'],
      tagTtl: 5_000,
    });
    expect(readSettings({ config: ['/c', '/d:e'], clientCaFile: '/ca' }, environment)).toMatchObject({
      config: ['/c', '/d:e'],
      clientCaFile: ['/ca'],
    });
  });

  it.each<[Flags, Record<string, string>, string]>([
    [{ address: '6001' }, {}, '--address must be host:port, like 127.0.0.1:6001 or [::1]:6001, not "6001"'],
    [{ address: '127.0.0.1:70000' }, {}, '--address must be host:port'],
    [{ address: '::1:80' }, {}, '--address must be host:port'],
    [{ config: [''] }, {}, '--config must not be empty, not ""'],
    [{ tlsMinVersion: '1.1' }, {}, '--tls-min-version must be 1.2 or 1.3, not "1.1"'],
    [{}, { COUNTERSIGN_LOG_FORMAT: 'xml' }, 'COUNTERSIGN_LOG_FORMAT must be json or text, not "xml"'],
    [{ verifyDeadline: '2s' }, {}, '--verify-deadline must be a whole number from 100 to 60000, not "2s"'],
    [{ verifyDeadline: '-1' }, {}, '--verify-deadline must be'],
    [{ traceIdHeader: ['two words'] }, {}, '--trace-id-header must be the name of a header for trace ids'],
    [{ traceIdHeader: ['Authorization'] }, {}, '--trace-id-header must be'],
    [{ traceIdHeader: ['content-length'] }, {}, '--trace-id-header must be'],
    [{ workers: '0' }, {}, '--workers must be a whole number from 1 to 64, not "0"'],
  ])('that cannot be say so: %j %j', (flags, environment, message) => {
    expect(() => readSettings(flags, environment)).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('are named alike as flag, in the environment and in the program', () => {
    for (const [name, setting] of Object.entries(settings)) {
      const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      expect(setting.flag).toMatch(new RegExp(`^--${words} <`));
      expect(setting.env).toBe(`COUNTERSIGN_${words.toUpperCase().replaceAll('-', '_')}`);
      expect(setting.description).toMatch(/\.$/);
    }
  });
});
