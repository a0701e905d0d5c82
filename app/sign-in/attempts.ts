/**
 * Sign-ins under way. The state that GitHub hands back is good once, for ten minutes, and only in the browser
 * that began: its cookie contains a random value, of which the database has the hash. The verifier of PKCE is
 * derived from both, so that nothing stored here is enough to finish a sign-in.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Queryable } from '#app/database/pool.server.ts'

const LIFE_SECONDS = 600
const BROWSER = /^signin_[\w-]{43}$/
const STATE = /^[\w-]{43}$/

export function newBrowserValue(): string {
  return `signin_${randomBytes(32).toString('base64url')}`
}

interface Attempt {
  /** What the cookie of the browser contains. */
  browser: string
  /** The page that was asked for: a path of our own. */
  returnTo: string
}

/** Begins a sign-in, and deletes those that are over. @returns its state. */
export async function beginAttempt(db: Queryable, { browser, returnTo }: Attempt): Promise<string> {
  const state = randomBytes(32).toString('base64url')
  await db.query(
    `with old as (
       delete from sign_in_attempt where created_at < now() - $4::float8 * interval '1 second')
     insert into sign_in_attempt (hash, browser, return_to) values ($1, $2, $3)`,
    [hashOf(state), hashOf(browser), returnTo, LIFE_SECONDS],
  )
  return state
}

/** Uses up a state. @returns null if it is unknown, used, expired, or of another browser. */
export async function redeemAttempt(
  db: Queryable,
  { browser, state }: { browser: string; state: string },
): Promise<{ returnTo: string } | null> {
  if (!BROWSER.test(browser) || !STATE.test(state)) return null
  const { rows } = await db.query<{ returnTo: string }>(
    `delete from sign_in_attempt where hash = $1 and browser = $2
       and created_at > now() - $3::float8 * interval '1 second'
     returning return_to`,
    [hashOf(state), hashOf(browser), LIFE_SECONDS],
  )
  return rows[0] ?? null
}

/** Returns the verifier of PKCE (RFC 7636): 43 characters. */
export function verifierOf({ browser, state }: { browser: string; state: string }): string {
  return createHmac('sha256', browser).update(`verifier of ${state}`).digest('base64url')
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/** @returns the value of the `Cookie` header's pair for sign-ins; null if there is none. */
export function browserValueOf(cookies: string | undefined, secure: boolean): string | null {
  const name = `${cookieName(secure)}=`
  const pair = (cookies ?? '').split(/;\s*/).find((one) => one.startsWith(name))
  const value = pair?.slice(name.length) ?? ''
  return BROWSER.test(value) ? value : null
}

/** @returns the value of a `Set-Cookie` header; a null value removes the cookie. */
export function browserCookie(value: string | null, secure: boolean): string {
  const age = value === null ? 0 : LIFE_SECONDS
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${age}`]
  if (secure) attributes.push('Secure')
  return [`${cookieName(secure)}=${value ?? ''}`, ...attributes].join('; ')
}

function cookieName(secure: boolean): string {
  return secure ? '__Host-whence_signin' : 'whence_signin'
}

function hashOf(value: string): Buffer<ArrayBuffer> {
  return createHash('sha256').update(value).digest()
}
