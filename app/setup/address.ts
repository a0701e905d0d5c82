import type { Config } from '#app/config/env.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import { isPrivateHost } from '#app/config/private-hosts.ts'

type Address = Pick<Config, 'PUBLIC_URL' | 'HOST' | 'PORT'>

const DEADLINE_MS = 5_000

/** Returns the address of Whence from its configuration, never from a request. */
export function ownAddress({ PUBLIC_URL, HOST, PORT }: Address): string {
  return (
    PUBLIC_URL ?? `http://${/:/.test(HOST) && !HOST.startsWith('[') ? `[${HOST}]` : HOST}:${PORT}`
  )
}

/** Says why GitHub cannot deliver to this address; null if nothing speaks against it. */
export function whyUnreachable(address: string): string | null {
  const { protocol, hostname } = new URL(address)
  if (isPrivateHost(hostname)) return `${hostname} is on this machine or in a private network`
  if (protocol !== 'https:') return 'the address has no TLS (https)'
  return null
}

/** Asks Whence at its own address. @returns what went wrong; null if it answered. */
export async function proveAddress(address: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS)
    const answer = await fetchWithin(new URL('/healthz', address).href, { signal })
    const { status } = (await answer.json()) as { status?: unknown }
    return status === 'ok' ? null : 'another program answers there'
  } catch (error) {
    const { cause, message } = error as Error
    return (cause as NodeJS.ErrnoException | undefined)?.code ?? message
  }
}
