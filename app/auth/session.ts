/**
 * The operator's session: a cookie that contains its expiry time and is signed with SESSION_SECRET. Nothing
 * is stored, so every process with the same secret can verify it, and a new secret ends all sessions.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

const DAYS = 30
const SESSION_SECONDS = DAYS * 24 * 3600

interface Cookie {
  secure: boolean
}

/** Browsers accept a `__Host-` cookie only over HTTPS, and only for this host and all of its paths. */
function sessionCookieName({ secure }: Cookie): string {
  return secure ? '__Host-whence_session' : 'whence_session'
}

/** @returns the value of a `Set-Cookie` header. */
export function sessionCookie(value: string, cookie: Cookie): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${SESSION_SECONDS}`]
  if (cookie.secure) attributes.push('Secure')
  return [`${sessionCookieName(cookie)}=${value}`, ...attributes].join('; ')
}

/** @param now milliseconds since 1970, like `Date.now()`. */
export function signSession(secret: string, now: number): string {
  const body = `operator.${Math.floor(now / 1000) + SESSION_SECONDS}`
  return `${body}.${signatureOf(body, secret)}`
}

/** @param cookies the `Cookie` header of a request. */
export function holdsSession(
  cookies: string | undefined,
  cookie: Cookie,
  secret: string,
  now: number,
): boolean {
  const name = `${sessionCookieName(cookie)}=`
  const values = (cookies ?? '').split(/;\s*/).filter((pair) => pair.startsWith(name))
  return values.some((pair) => isSigned(pair.slice(name.length), secret, now))
}

function isSigned(value: string, secret: string, now: number): boolean {
  const [, body, expires, signature] = /^(operator\.(\d{1,12}))\.([\w-]{43})$/.exec(value) ?? []
  if (!body || !signature) return false
  const expected = Buffer.from(signatureOf(body, secret))
  return timingSafeEqual(expected, Buffer.from(signature)) && Number(expires) * 1000 > now
}

function signatureOf(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('base64url')
}
