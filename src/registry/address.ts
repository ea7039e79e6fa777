import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * What an address is to somebody who was told by a stranger to connect to it. `forbidden` is never contacted, whoever
 * configured it: cloud metadata, link-local, multicast, and private addresses in disguise.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'forbidden';

const FORBIDDEN_V4 = blockList('ipv4', [
  '0.0.0.0/8', // connects to the machine itself
  '169.254.0.0/16', // link-local, where clouds keep their metadata
  '168.63.129.16/32', // Azure's platform address
  '100.100.100.200/32', // Alibaba Cloud's metadata
  '192.0.0.192/32', // Oracle Cloud's metadata, the older one
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]);
const LOOPBACK_V4 = blockList('ipv4', ['127.0.0.0/8']);
/** Not globally reachable: IANA special-purpose registry, RFC 6890. */
const PRIVATE_V4 = blockList('ipv4', [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
]);

const FORBIDDEN_V6 = blockList('ipv6', [
  'fd00:ec2::254/128', // AWS metadata
  'fd20:ce::254/128', // Google Cloud's metadata
  'fd00:42::42/128', // Scaleway's metadata
  'fe80::/10', // link-local
  '2001::/32', // Teredo: an IPv4 address, obfuscated
]);
const LOOPBACK_V6 = blockList('ipv6', ['::1/128']);
const PRIVATE_V6 = blockList('ipv6', ['fc00::/7', 'fec0::/10', '2001:db8::/32', '3fff::/20']);
/** Everything that IANA has given out as global unicast; what is outside is not the Internet. */
const GLOBAL_V6 = blockList('ipv6', ['2000::/3']);

/** @param address an IPv4 or IPv6 address without brackets; anything else is forbidden */
export function classifyAddress(address: string): AddressClass {
  if (isIPv4(address)) return classifyIPv4(address);
  // A zone (`fe80::1%eth0`) only makes sense on the own link.
  if (!isIPv6(address) || address.includes('%')) return 'forbidden';
  const embedded = embeddedIPv4(address);
  if (embedded !== undefined) return classifyIPv4(embedded) === 'public' ? 'public' : 'forbidden';
  if (FORBIDDEN_V6.check(address, 'ipv6')) return 'forbidden';
  if (LOOPBACK_V6.check(address, 'ipv6')) return 'loopback';
  if (PRIVATE_V6.check(address, 'ipv6')) return 'private';
  return GLOBAL_V6.check(address, 'ipv6') ? 'public' : 'forbidden';
}

/**
 * What can be said of a host before it is resolved; behind a proxy, all that can be said.
 *
 * @param hostname as in `URL.hostname`, which has decimal, octal and hex addresses already in canonical form
 */
export function classifyHost(hostname: string): AddressClass {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (isIP(bare) !== 0) return classifyAddress(bare);
  const name = bare.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  if (METADATA_NAMES.has(name)) return 'forbidden';
  // A name of one label, or below a suffix that is reserved for private use, is resolved by the own network.
  if (!name.includes('.') || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix))) return 'private';
  return 'public';
}

const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.tencentyun.com',
  'instance-data',
]);
const PRIVATE_SUFFIXES = ['.local', '.internal', '.svc', '.home.arpa'];

function classifyIPv4(address: string): AddressClass {
  if (FORBIDDEN_V4.check(address, 'ipv4')) return 'forbidden';
  if (LOOPBACK_V4.check(address, 'ipv4')) return 'loopback';
  return PRIVATE_V4.check(address, 'ipv4') ? 'private' : 'public';
}

/** The IPv4 address that a translator or tunnel would contact on behalf of an IPv6 address. */
function embeddedIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  const prefix = (...expected: number[]) => expected.every((group, index) => groups[index] === group);
  const [, second = 0, third = 0, , , , seventh = 0, eighth = 0] = groups;
  const low = dotted(seventh, eighth);
  // IPv4-mapped and IPv4-compatible (RFC 4291 2.5.5), SIIT (RFC 2765), NAT64 (RFC 6052 and RFC 8215)
  if (prefix(0, 0, 0, 0, 0, 0xffff) || prefix(0, 0, 0, 0, 0xffff, 0)) return low;
  if (prefix(0, 0, 0, 0, 0, 0) && (seventh !== 0 || eighth > 1)) return low;
  if (prefix(0x64, 0xff9b, 0, 0, 0, 0)) return low;
  // 6to4 (RFC 3056)
  return prefix(0x2002) ? dotted(second, third) : undefined;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight 16-bit groups of a valid IPv6 address; the URL parser turns a dotted end into groups. */
function groupsOf(address: string): number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const parse = (text: string) =>
    text
      .split(':')
      .filter((group) => group !== '')
      .map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return parse(head);
  const [start, end] = [parse(head), parse(tail)];
  return [...start, ...Array<number>(8 - start.length - end.length).fill(0), ...end];
}

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', bits] = subnet.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}
