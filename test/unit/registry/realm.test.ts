import { describe, expect, it } from 'vitest';
import { maySeeCredentials, parseRealm } from '../../../src/registry/realm.ts';
import { accessTo } from '../../support/registry-access.ts';

describe('parseRealm', () => {
  const access = accessTo('https://ghcr.io', { allowPrivate: false });

  it('takes public https', () => {
    expect(parseRealm(access, 'https://auth.example.com/token?x=1').href).toBe(
      'https://auth.example.com/token?x=1',
    );
  });

  it.each([
    ['http', 'http://ghcr.io/token', 'REDIRECT_FORBIDDEN'],
    ['another scheme', 'ftp://ghcr.io/token', 'REDIRECT_FORBIDDEN'],
    ['a file', 'file:///etc/passwd', 'REDIRECT_FORBIDDEN'],
    ['user information', 'https://user:pass@ghcr.io/token', 'REDIRECT_FORBIDDEN'],
    ['no URL', '/token', 'REGISTRY_RESPONSE_INVALID'],
    ['metadata', 'https://169.254.169.254/token', 'ADDRESS_FORBIDDEN'],
    ['metadata by IPv6', 'https://[fd00:ec2::254]/token', 'ADDRESS_FORBIDDEN'],
    ['metadata in decimal', 'https://2852039166/token', 'ADDRESS_FORBIDDEN'],
    ['metadata in hex', 'https://0xa9fea9fe/token', 'ADDRESS_FORBIDDEN'],
    ['loopback', 'https://127.0.0.1/token', 'ADDRESS_FORBIDDEN'],
    ['mapped loopback', 'https://[::ffff:127.0.0.1]/token', 'ADDRESS_FORBIDDEN'],
    ['a private address', 'https://10.0.0.1/token', 'ADDRESS_FORBIDDEN'],
    ['a cluster service', 'https://kubernetes.default.svc/token', 'ADDRESS_FORBIDDEN'],
  ])('D3: refuses %s', (_, realm, code) => {
    expect(() => parseRealm(access, realm)).toThrow(expect.objectContaining({ code }));
  });

  it('takes http and private addresses where the operator lists them', () => {
    const listed = accessTo('https://ghcr.io', { privateHosts: new Set(['10.0.0.1:5001', '10.0.0.2:443']) });
    expect(parseRealm(listed, 'http://10.0.0.1:5001/token').port).toBe('5001');
    expect(parseRealm(listed, 'https://10.0.0.2/token').hostname).toBe('10.0.0.2');
    expect(() => parseRealm(listed, 'https://10.0.0.1/token')).toThrow('10.0.0.1');
  });

  it('D3: refuses http to a place that is listed for https', () => {
    const privateHosts = new Set(['ghcr.io:443', '10.0.0.1:5001']);
    const listed = accessTo('https://ghcr.io', { privateHosts, plainHosts: new Set() });
    expect(parseRealm(listed, 'https://10.0.0.1:5001/token').protocol).toBe('https:');
    for (const realm of ['http://10.0.0.1:5001/token', 'http://ghcr.io:443/token']) {
      expect(() => parseRealm(listed, realm)).toThrow(
        expect.objectContaining({ code: 'REDIRECT_FORBIDDEN' }),
      );
    }
  });

  it('D3: takes http from an endpoint that itself speaks http, and from nobody else', () => {
    const plain = accessTo('http://registry.example.com', { allowPrivate: false });
    expect(parseRealm(plain, 'http://registry.example.com/token').protocol).toBe('http:');
    for (const elsewhere of ['registry.example.com:81', 'auth.example.com', 'evil.test']) {
      expect(() => parseRealm(plain, `http://${elsewhere}/token`)).toThrow(
        expect.objectContaining({ code: 'REDIRECT_FORBIDDEN' }),
      );
    }
    expect(() => parseRealm(plain, 'http://10.0.0.1/token')).toThrow('10.0.0.1');
  });
});

describe('maySeeCredentials', () => {
  it.each([
    ['https://registry-1.docker.io', 'https://auth.docker.io/token', true],
    ['https://ghcr.io', 'https://ghcr.io/token', true],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth', true],
    ['https://registry-1.docker.io', 'https://auth.docker.io:8443/token', false],
    ['https://registry-1.docker.io', 'https://other.docker.io/token', false],
    ['https://registry.gitlab.com', 'https://evil.gitlab.com/token', false],
    ['https://registry.mirror.test', 'https://auth.docker.io/token', false],
    ['https://registry.example.com', 'https://auth.example.com/token', false],
    ['https://me.github.dev', 'https://evil.github.dev/token', false],
    ['https://registry.corp:5000', 'https://registry.corp:5001/token', true],
    ['https://registry.example.co.uk', 'https://evil.co.uk/token', false],
    ['https://ghcr.io', 'https://ghcr.io.evil.com/token', false],
    ['https://cr.io', 'https://ghcr.io/token', false],
    ['https://docker.io', 'https://evil-docker.io/token', false],
    ['https://mine.azurecr.io', 'https://evil.azurecr.io/token', false],
    ['https://mine.azurecr.io', 'https://mine.azurecr.io.evil.com/token', false],
    ['https://1.dkr.ecr.eu-west-1.amazonaws.com', 'https://evil.s3.amazonaws.com/token', false],
    ['https://10.0.0.1', 'https://10.1.0.1/token', false],
    ['https://10.0.0.1', 'https://evil.0.1.example.com/token', false],
    ['https://[2001:db8::1]', 'https://[2001:db8::2]/token', false],
    ['https://registry', 'https://auth/token', false],
  ])('D1, D2, D3: credentials of %s to %s: %s', (endpoint, realm, expected) => {
    expect(maySeeCredentials(accessTo(endpoint), new URL(realm))).toBe(expected);
  });

  it('trusts a listed host', () => {
    const access = accessTo('https://registry.corp', { privateHosts: new Set(['sso.other:443']) });
    expect(maySeeCredentials(access, new URL('https://sso.other/token'))).toBe(true);
    expect(maySeeCredentials(access, new URL('https://sso.other:444/token'))).toBe(false);
  });
});
