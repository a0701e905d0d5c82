/** Who may come in, decided from the configuration and the headers of a request alone. */
import { isIP } from 'node:net'

/**
 * - `local`: only this machine can reach Whence, so the browser is the operator.
 * - `link`: people come from elsewhere, so a session is needed. The operator link starts one.
 */
export type AccessMode = 'local' | 'link'

interface Address {
  HOST: string
  PUBLIC_URL?: string | undefined
}

/**
 * A PUBLIC_URL that is not loopback means a proxy or tunnel in front of a loopback HOST. Such a proxy
 * may well send `Host: 127.0.0.1`, so nothing in the request tells its guests from this machine's own.
 */
export function accessMode({ HOST, PUBLIC_URL }: Address): AccessMode {
  const publicHost = PUBLIC_URL ? new URL(PUBLIC_URL).hostname : 'localhost'
  return isLoopback(HOST) && isLoopback(publicHost) ? 'local' : 'link'
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** The name in a Host header, without its port; null when there is none that makes sense. */
export function hostnameOf(header: string | undefined): string | null {
  const name = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]
  return name ? name.toLowerCase() : null
}

/**
 * Whether a request to a `local` Whence was meant for it. A page of another site can make its own name
 * resolve to 127.0.0.1 (DNS rebinding), but then the browser still sends that name as Host.
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
 * Whether a request that changes something comes from one of our own pages, or from no page at all
 * (a command line, GitHub). A browser names the page's origin in every write; an old one that does
 * not still may say Sec-Fetch-Site.
 */
export function isOwnWrite(request: WriteHeaders, publicUrl: string | undefined): boolean {
  if (/^(GET|HEAD|OPTIONS)$/.test(request.method)) return true
  if (request.origin === undefined)
    return /^(same-origin|none)$/.test(request.secFetchSite ?? 'none')
  if (publicUrl && request.origin === new URL(publicUrl).origin) return true
  // A proxy that ends TLS leaves us plain HTTP, so the scheme is not compared.
  return request.origin.replace(/^https?:\/\//, '') === request.host
}
