import { describe, expect, test } from 'vitest'
import { holdsSession, sessionCookie, signSession } from '#app/auth/session.ts'

const SECRET = 'a secret that has more than 32 characters'
const NOW = Date.UTC(2026, 10, 22)
const DAY = 24 * 3_600_000

function isHeld(header: string | undefined, at = NOW, secret = SECRET, secure = false): boolean {
  return holdsSession(header, { secure }, secret, at)
}

describe('a session', () => {
  const cookie = `whence_session=${signSession(SECRET, NOW)}`

  test('lasts 30 days', () => {
    expect(isHeld(cookie)).toBe(true)
    expect(isHeld(cookie, NOW + 30 * DAY - 1000)).toBe(true)
    expect(isHeld(cookie, NOW + 30 * DAY)).toBe(false)
  })

  test('is found among other cookies', () => {
    expect(isHeld(`theme=dark; ${cookie}; whence_session=stale`)).toBe(true)
  })

  test('becomes invalid with another secret', () => {
    expect(isHeld(cookie, NOW, `another ${SECRET}`)).toBe(false)
  })

  test.each([undefined, '', 'whence_session=', 'whence_session=operator.99999999999.x'])(
    'is not accepted from the cookie header "%s"',
    (header) => expect(isHeld(header)).toBe(false),
  )

  test('cannot be extended by a modified expiry time', () => {
    const longer = cookie.replace(/operator\.\d+/, 'operator.99999999999')
    expect(isHeld(longer)).toBe(false)
  })

  test('is bound to HTTPS and to the host if the site uses HTTPS', () => {
    const value = signSession(SECRET, NOW)
    expect(sessionCookie(value, { secure: true })).toBe(
      `__Host-whence_session=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure`,
    )
    expect(sessionCookie(value, { secure: false })).not.toContain('Secure')
    expect(isHeld(`whence_session=${value}`, NOW, SECRET, true)).toBe(false)
    expect(isHeld(`__Host-whence_session=${value}`, NOW, SECRET, true)).toBe(true)
  })
})
