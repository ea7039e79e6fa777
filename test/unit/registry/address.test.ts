import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyAddress, classifyHost } from '../../../src/registry/address.ts';

describe('classifyAddress', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['2002:808:808::1', 'public'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['198.19.255.255', 'private'],
    ['fd12:3456::1', 'private'],
    ['fec0::1', 'private'],
    ['2001:db8::1', 'private'],
    ['192.88.99.1', 'private'],
    ['3fff::1', 'private'],
    ['3fff:fff:ffff::1', 'private'],
    ['3fff:1000::1', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['0.0.0.0', 'forbidden'],
    ['0.1.2.3', 'forbidden'],
    ['::', 'forbidden'],
    ['169.254.169.254', 'forbidden'],
    ['169.254.170.2', 'forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['100.100.100.200', 'forbidden'],
    ['192.0.0.192', 'forbidden'],
    ['fd20:ce::254', 'forbidden'],
    ['fd00:42::42', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['febf::1', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['FD00:EC2:0:0:0:0:0:254', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['4000::1', 'forbidden'],
    ['64:ff9b:1::10.0.0.1', 'forbidden'],
    ['2001:0:a00:1::1', 'forbidden'],
    ['::ffff:127.0.0.1', 'forbidden'],
    ['::ffff:7f00:1', 'forbidden'],
    ['::ffff:10.0.0.1', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:0:10.0.0.1', 'forbidden'],
    ['::10.0.0.1', 'forbidden'],
    ['64:ff9b::169.254.169.254', 'forbidden'],
    ['64:ff9b::a00:1', 'forbidden'],
    ['2002:a00:1::', 'forbidden'],
    ['2002:a9fe:a9fe::1', 'forbidden'],
    ['2002:7f00:1::1', 'forbidden'],
    ['example.com', 'forbidden'],
    ['', 'forbidden'],
  ])('D3, D7: %s is %s', (address, expected) => {
    expect(classifyAddress(address)).toBe(expected);
  });

  it('never takes a translated address for more public than the address itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const direct = classifyAddress(address);
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const form of [`::ffff:${address}`, `::ffff:${hex}`, `64:ff9b::${address}`, `2002:${hex}::1`]) {
          expect(classifyAddress(form)).toBe(direct === 'public' ? 'public' : 'forbidden');
        }
      }),
    );
  });

  it('answers for every address', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(['public', 'private', 'loopback', 'forbidden']).toContain(classifyAddress(address));
      }),
    );
  });
});

describe('classifyHost', () => {
  it.each([
    ['ghcr.io', 'public'],
    ['ghcr.io.', 'public'],
    ['8.8.8.8', 'public'],
    ['localhost.example.com', 'public'],
    ['localhost', 'loopback'],
    ['LOCALHOST.', 'loopback'],
    ['a.localhost', 'loopback'],
    ['registry', 'private'],
    ['kubernetes.default.svc', 'private'],
    ['kubernetes.default.svc.cluster.local', 'private'],
    ['registry.corp.internal', 'private'],
    ['metadata.google.internal', 'forbidden'],
    ['metadata', 'forbidden'],
    ['metadata.goog', 'forbidden'],
    ['Metadata.TencentYun.com.', 'forbidden'],
    ['[::1]', 'loopback'],
    ['[fd00:ec2::254]', 'forbidden'],
    ['169.254.169.254', 'forbidden'],
  ])('D7: %s is %s', (hostname, expected) => {
    expect(classifyHost(hostname)).toBe(expected);
  });

  it.each([
    ['http://2852039166/', 'forbidden'],
    ['http://0xa9fea9fe/', 'forbidden'],
    ['http://0251.0376.0251.0376/', 'forbidden'],
    ['http://169.254.43518/', 'forbidden'],
    ['http://[::ffff:a9fe:a9fe]/', 'forbidden'],
    ['http://[::ffff:127.0.0.1]/', 'forbidden'],
    ['http://0/', 'forbidden'],
    ['http://127.1/', 'loopback'],
    ['http://0x7f000001/', 'loopback'],
    ['http://１２７.0.0.1/', 'loopback'],
    ['http://10.1/', 'private'],
  ])('D3: the URL parser leaves no odd spelling in %s', (url, expected) => {
    expect(classifyHost(new URL(url).hostname)).toBe(expected);
  });
});
