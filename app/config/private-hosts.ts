import { BlockList, isIP } from 'node:net'

/** Loopback, private (RFC 1918, RFC 4193), link-local and carrier-grade (RFC 6598) addresses. */
const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  PRIVATE.addSubnet(net, prefix, 'ipv6')

/** Endings of names that no public server has (RFC 6761, RFC 6762, RFC 8375, and ICANN's `internal`). */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|home\.arpa)$/i

/**
 * True if a host is on this machine or on a private network by its address or name; a name without a dot, as
 * of a container, is. Names are not resolved.
 *
 * @param hostname as in a `URL`: an IPv6 address has brackets.
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(host)
  if (version !== 0) return PRIVATE.check(host, version === 6 ? 'ipv6' : 'ipv4')
  return !host.includes('.') || PRIVATE_NAME.test(host)
}
