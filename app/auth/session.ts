/** The cookie of a session: 256 random bits, of which the database has the hash. */
import { randomBytes } from 'node:crypto'

const DAY_SECONDS = 24 * 3600
/** A session ends after this time, however much it is used. */
export const SESSION_DAYS = 7
/** A session that is not used for this long ends. */
export const IDLE_HOURS = 12

const VALUE = /^session_[\w-]{43}$/
/** A browser sends several if a site on a parent path has set some, too. */
const MOST_VALUES = 4

interface Cookie {
  secure: boolean
}

/** Browsers accept a `__Host-` cookie only over HTTPS, and only for this host and all of its paths. */
function sessionCookieName({ secure }: Cookie): string {
  return secure ? '__Host-whence_session' : 'whence_session'
}

export function newSessionValue(): string {
  return `session_${randomBytes(32).toString('base64url')}`
}

/** @returns the value of a `Set-Cookie` header; a null value removes the cookie. */
export function sessionCookie(value: string | null, cookie: Cookie): string {
  const maxAge = value === null ? 0 : SESSION_DAYS * DAY_SECONDS
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${maxAge}`]
  if (cookie.secure) attributes.push('Secure')
  return [`${sessionCookieName(cookie)}=${value ?? ''}`, ...attributes].join('; ')
}

/** @param cookies the `Cookie` header of a request. @returns what may be the value of a session. */
export function sessionValues(cookies: string | undefined, cookie: Cookie): string[] {
  const name = `${sessionCookieName(cookie)}=`
  return (cookies ?? '')
    .split(/;\s*/)
    .filter((pair) => pair.startsWith(name))
    .map((pair) => pair.slice(name.length))
    .filter((value) => VALUE.test(value))
    .slice(0, MOST_VALUES)
}
