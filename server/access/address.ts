import { isIPv6 } from 'node:net'
import type { Request } from 'express'

/**
 * Returns the address of the client; of IPv6 the network, since a client has all addresses of its own.
 *
 * @param hops the number of proxies before Whence, each of which adds an address to `X-Forwarded-For`.
 */
export function addressOf(
  { socket, headers }: Pick<Request, 'socket' | 'headers'>,
  hops: number,
): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',')
  const told = hops > 0 ? forwarded.at(-hops)?.trim().slice(0, 64) : undefined
  const address = told || (socket.remoteAddress ?? 'unknown')
  return isIPv6(address) && !address.startsWith('::ffff:') ? networkOf(address) : address
}

function networkOf(address: string): string {
  const [before = '', after] = address.split('::')
  const head = before.split(':').filter(Boolean)
  const tail = (after ?? '').split(':').filter(Boolean)
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail]
  return `${groups.slice(0, 4).join(':')}::/64`
}
