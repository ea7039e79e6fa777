import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addImages, addSettings, imagesOf, settingsOf } from '../../../src/cli/options.ts';
import { settings as settingsTable } from '../../../src/config/settings.ts';

const NAMES = Object.keys(settingsTable) as (keyof typeof settingsTable)[];

function parsed(command: Command, args: readonly string[]): Command {
  return command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action(() => {})
    .parse(args, { from: 'user' });
}

function serving(...args: string[]) {
  return settingsOf(parsed(addSettings(new Command('serve'), NAMES), args), {});
}

function judging(...args: string[]) {
  const command = parsed(addSettings(addImages(new Command('verify')), ['config']), args);
  return { images: imagesOf(command), config: settingsOf(command, {}).config };
}

describe('images and configurations on one command line', () => {
  it('an image after --config is an image', () => {
    expect(judging('--config', 'a', 'image', '-c', 'b', 'other')).toEqual({
      images: ['image', 'other'],
      config: ['a', 'b'],
    });
  });

  it('may be given as Ratify takes them', () => {
    expect(judging('-s', 'image', '-c', 'config.json')).toEqual({
      images: ['image'],
      config: ['config.json'],
    });
    expect(judging('first', '--subject', 'second', '-c', 'x').images).toEqual(['first', 'second']);
  });

  it('must be there', () => {
    expect(() => judging('-c', 'x')).toThrow(
      expect.objectContaining({ code: 'SETTING_INVALID', message: 'no image is named' }),
    );
  });

  it('lists of configurations stand behind one flag where no image can be meant', () => {
    expect(serving('--config', 'a', 'b').config).toEqual(['a', 'b']);
  });

  it('the default configuration comes with the program', () => {
    expect(judging('image').config).toEqual([expect.stringMatching(/config.default$/)]);
  });
});

describe("flags of Ratify's serve", () => {
  it.each([
    [['--http', ':7001'], { address: { host: '::', port: 7001 } }],
    [['--http', '0.0.0.0:6001'], { address: { host: '0.0.0.0', port: 6001 } }],
    [['--ca-cert-file', '/ca.crt', '--cert-dir', '/tls'], { clientCaFile: ['/ca.crt'], certDir: '/tls' }],
    [['--cache-ttl', '10s'], { verifiedTtl: 10_000, rejectedTtl: 10_000 }],
    [['--cache-ttl', '1m30s'], { verifiedTtl: 90_000, rejectedTtl: 90_000 }],
    [['--cache-ttl', '2h'], { verifiedTtl: 7_200_000, rejectedTtl: 3_600_000 }],
    [['--cache-ttl', '1500ms'], { verifiedTtl: 1_000, rejectedTtl: 1_000 }],
    [['--cache-ttl', '0'], { verifiedTtl: 0, rejectedTtl: 0 }],
  ])('%j', (args, expected) => {
    expect(serving(...args)).toMatchObject(expected);
  });

  it.each(['10', 'ten', '-5s', '5 s', ''])('a cache-ttl of %j is none', (text) => {
    expect(() => serving('--cache-ttl', text)).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        message: `--cache-ttl must be a duration, like 10s or 1m30s, not ${JSON.stringify(text)}`,
      }),
    );
  });

  it('contradict their own names', () => {
    expect(() => serving('--http', ':1', '--address', ':2')).toThrow(/cannot be used with/);
    expect(() => serving('--cache-ttl', '1s', '--rejected-ttl', '5')).toThrow(/cannot be used with/);
  });
});
