import { describe, expect, test } from 'vitest'
import {
  newSessionValue,
  noSessionCookie,
  sessionCookie,
  sessionValues,
} from '#app/auth/session.ts'

describe('the cookie of a session', () => {
  const value = newSessionValue()
  const plain = { secure: false }
  const secure = { secure: true }

  test('has 256 random bits', () => {
    expect(value).toMatch(/^session_[\w-]{43}$/)
    expect(newSessionValue()).not.toBe(value)
  })

  test('is found among other cookies', () => {
    const header = `theme=dark; whence_session=${value}; whence_session=stale`
    expect(sessionValues(header, plain)).toEqual([value])
  })

  test.each([undefined, '', 'whence_session=', 'whence_session=operator.99999999999.x'])(
    'is not in the cookie header "%s"',
    (header) => expect(sessionValues(header, plain)).toEqual([]),
  )

  test('is looked up a few times only, however many there are', () => {
    const header = Array.from({ length: 500 }, () => `whence_session=${newSessionValue()}`)
    expect(sessionValues(header.join('; '), plain)).toHaveLength(4)
  })

  test('is bound to HTTPS and to the host if the site uses HTTPS', () => {
    expect(sessionCookie(value, { ...secure, days: 7 })).toBe(
      `__Host-whence_session=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800; Secure`,
    )
    expect(sessionCookie(value, { ...plain, days: 7 })).not.toContain('Secure')
    expect(sessionValues(`whence_session=${value}`, secure)).toEqual([])
    expect(sessionValues(`__Host-whence_session=${value}`, secure)).toEqual([value])
  })

  test('is removed by an empty one that is over at once', () => {
    expect(noSessionCookie(secure)).toMatch(/^__Host-whence_session=; .*Max-Age=0; Secure$/)
  })
})
