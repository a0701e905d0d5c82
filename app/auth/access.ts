/** Decides who has access, from the configuration and the request headers alone. */
import { isIP } from 'node:net'

/**
 * - `local`: only this machine can reach Whence, so the browser is the operator.
 * - `link`: other machines can reach Whence, so a session is required. The operator link starts one.
 */
export type AccessMode = 'local' | 'link'

interface Address {
  HOST: string
  PUBLIC_URL?: string | undefined
}

/**
 * Returns the access mode. A PUBLIC_URL that is not loopback means a proxy or tunnel in front of a loopback
 * HOST. Such a proxy may send `Host: 127.0.0.1`, so no header distinguishes its clients from local ones.
 */
export function accessMode({ HOST, PUBLIC_URL }: Address): AccessMode {
  const publicHost = PUBLIC_URL ? new URL(PUBLIC_URL).hostname : 'localhost'
  return isLoopback(HOST) && isLoopback(publicHost) ? 'local' : 'link'
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

const MAX_PORT = 65_535

/** Returns the name in a Host header without its port; null if the header is missing or invalid. */
export function hostnameOf(header: string | undefined): string | null {
  const [, name, port] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(header ?? '') ?? []
  if (!name || Number(port ?? 0) > MAX_PORT || !URL.canParse(`http://${header}`)) return null
  return name.toLowerCase()
}

/**
 * Returns true if a request to a `local` Whence was meant for it. A page of another site can make its own
 * name resolve to 127.0.0.1 (DNS rebinding), but the browser still sends that name as Host.
 */
export function isOwnHost(header: string | undefined): boolean {
  const name = hostnameOf(header)
  return name !== null && isLoopback(name)
}

export interface WriteHeaders {
  method: string
  host: string | undefined
  origin: string | undefined
  secFetchSite: string | undefined
}

/**
 * Returns true if a write comes from one of our own pages or from no page at all (a command line, GitHub).
 * Browsers send the page's origin with every write; an old one that does not may still send Sec-Fetch-Site.
 */
export function isOwnWrite(request: WriteHeaders, publicUrl: string | undefined): boolean {
  if (/^(GET|HEAD|OPTIONS)$/.test(request.method)) return true
  if (request.origin === undefined)
    return /^(same-origin|none)$/.test(request.secFetchSite ?? 'none')
  if (publicUrl && request.origin === new URL(publicUrl).origin) return true
  // A proxy that terminates TLS forwards plain HTTP, so the scheme is not compared.
  return request.origin.replace(/^https?:\/\//, '') === request.host
}
