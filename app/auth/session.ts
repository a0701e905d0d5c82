/** The cookie of a session: 256 random bits, of which the database has the hash. */
import { randomBytes } from 'node:crypto'

const DAY_SECONDS = 24 * 3600

const VALUE = /^session_[\w-]{43}$/
/** A browser sends several if a site on a parent path has set some, too. */
const MOST_VALUES = 4

/** How long sessions last: {@link SessionLimits.SESSION_DAYS} at most, and without use the hours of the other. */
export interface SessionLimits {
  SESSION_DAYS: number
  SESSION_IDLE_HOURS: number
}

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

/** @returns the value of a `Set-Cookie` header, for a session of so many days. */
export function sessionCookie(
  value: string,
  { days, ...cookie }: Cookie & { days: number },
): string {
  return cookieOf(value, days * DAY_SECONDS, cookie)
}

/** @returns the value of a `Set-Cookie` header that removes the cookie. */
export function noSessionCookie(cookie: Cookie): string {
  return cookieOf('', 0, cookie)
}

function cookieOf(value: string, maxAge: number, cookie: Cookie): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${maxAge}`]
  if (cookie.secure) attributes.push('Secure')
  return [`${sessionCookieName(cookie)}=${value}`, ...attributes].join('; ')
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
