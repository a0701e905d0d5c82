/**
 * A notice about the last action, shown on the next page. It is stored in a cookie for two minutes and shown
 * only at the URL that names it, so that no other tab takes it and no link can forge it.
 */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { isSecure } from '#app/auth/access.ts'
import type { Config } from '#app/config/env.server.ts'

type Address = Pick<Config, 'PUBLIC_URL'>

const SECONDS = 120

const notice = z.object({
  kind: z.enum(['done', 'refused']),
  text: z.string(),
  hint: z.string().nullable(),
})
export type Notice = z.infer<typeof notice>

/** Over HTTPS no sibling of our domain can set it. */
function cookieName(config: Address): string {
  return isSecure(config) ? '__Host-whence_notice' : 'whence_notice'
}

/**
 * @param at the address of the page that shows it, with or without a query.
 * @returns the redirect location and the cookie that carries the notice.
 */
export function carryNotice(
  config: Address,
  given: Notice,
  at = '/',
): { location: string; cookie: string } {
  const name = randomBytes(6).toString('hex')
  const value = Buffer.from(JSON.stringify({ ...given, name })).toString('base64url')
  return {
    location: `${at}${at.includes('?') ? '&' : '?'}notice=${name}`,
    cookie: `${cookieName(config)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${SECONDS}${isSecure(config) ? '; Secure' : ''}`,
  }
}

export function readNotice(config: Address, request: Request): Notice | null {
  const shown = new URL(request.url).searchParams.get('notice')
  const cookies = request.headers.get('cookie') ?? ''
  const value = new RegExp(`(?:^|;\\s*)${cookieName(config)}=([\\w-]+)`).exec(cookies)?.[1]
  if (!shown || !value) return null
  try {
    const carried = JSON.parse(Buffer.from(value, 'base64url').toString()) as { name?: unknown }
    return carried.name === shown ? notice.parse(carried) : null
  } catch {
    return null
  }
}
