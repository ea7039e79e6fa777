import { describe, expect, it } from 'vitest';
import { proxyFromEnvironment } from '../../../src/registry/proxy.ts';

describe('proxyFromEnvironment', () => {
  it.each([
    [{}, { none: '' }],
    [{ HTTPS_PROXY: '', NO_PROXY: '' }, { none: '' }],
    [{ HTTPS_PROXY: 'http://proxy:3128' }, { https: 'http://proxy:3128/', none: '' }],
    [
      { HTTP_PROXY: 'proxy.corp:3128', NO_PROXY: '.svc,10.0.0.1' },
      { http: 'http://proxy.corp:3128/', none: '.svc,10.0.0.1' },
    ],
    [
      { https_proxy: 'https://lower', HTTPS_PROXY: 'https://upper', no_proxy: 'a' },
      { https: 'https://lower/', none: 'a' },
    ],
  ])('reads %j', (environment, settings) => {
    expect(proxyFromEnvironment(environment)).toEqual(settings);
  });

  it.each(['socks5://u:secret@proxy', 'http://', '::'])('refuses %s, without a word of it', (value) => {
    expect(() => proxyFromEnvironment({ HTTPS_PROXY: value })).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        message: 'HTTPS_PROXY is not the URL of an http or https proxy',
      }),
    );
  });
});
