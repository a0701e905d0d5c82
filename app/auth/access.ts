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

/** Headers that only a proxy adds. */
const PROXY_HEADER = /^(forwarded|x-forwarded-.*|x-real-ip|via|cf-connecting-ip)$/

/** Returns true if a proxy passed the request on, so that it may come from anywhere. */
export function isForwarded(headers: Record<string, unknown>): boolean {
  return Object.keys(headers).some((name) => PROXY_HEADER.test(name))
}

/** Returns true if cookies can be restricted to HTTPS, because the public URL uses it. */
export function isSecure({ PUBLIC_URL }: Pick<Address, 'PUBLIC_URL'>): boolean {
  return PUBLIC_URL?.startsWith('https:') ?? false
}

export interface ReadHeaders {
  method: string
  path: string
  /** Fetch Metadata, which pages cannot set: `Sec-Fetch-Site`, `Sec-Fetch-Mode` and `Sec-Fetch-Dest`. */
  site: string | undefined
  mode: string | undefined
  dest: string | undefined
}

/** Addresses that no link leads to. */
const FOR_PROGRAMS = /^\/(api|events|metrics|mcp)(\/|$)/i

/**
 * Returns true if a page of another site asked for something that it could use or measure, not only led a
 * person to one of our pages. Other programs than browsers do not say where a request comes from.
 */
export function isForeignRead({ method, path, site, mode, dest }: ReadHeaders): boolean {
  if (/^(same-origin|none)$/.test(site ?? 'none')) return false
  const isVisit = method === 'GET' && mode === 'navigate' && dest === 'document'
  return !isVisit || FOR_PROGRAMS.test(path)
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
  if (publicUrl) return request.origin === new URL(publicUrl).origin
  // A proxy that terminates TLS forwards plain HTTP, so the scheme is not compared.
  const [, host] = /^https?:\/\/(.+)$/.exec(request.origin) ?? []
  return host !== undefined && host === request.host
}
