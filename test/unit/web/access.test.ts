import { describe, expect, test } from 'vitest'
import {
  accessMode,
  hostnameOf,
  isLoopback,
  isOwnHost,
  isOwnWrite,
  type WriteHeaders,
} from '#app/auth/access.ts'

describe('access', () => {
  test.each(['127.0.0.1', '127.8.9.1', 'localhost', 'LOCALHOST', '::1', '[::1]'])(
    'treats %s as loopback',
    (host) => expect(isLoopback(host)).toBe(true),
  )

  test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.com', 'localhost.example.com', ''])(
    'does not treat "%s" as loopback',
    (host) => expect(isLoopback(host)).toBe(false),
  )

  test('is open to the browser only if nobody else can connect', () => {
    expect(accessMode({ HOST: '127.0.0.1' })).toBe('local')
    expect(accessMode({ HOST: '::1', PUBLIC_URL: 'http://localhost:3000' })).toBe('local')
    expect(accessMode({ HOST: '0.0.0.0' })).toBe('link')
    expect(accessMode({ HOST: '127.0.0.1', PUBLIC_URL: 'https://whence.example.com' })).toBe('link')
  })

  test('parses the hostname in a Host header', () => {
    expect(hostnameOf('Localhost:3000')).toBe('localhost')
    expect(hostnameOf('[::1]:3000')).toBe('[::1]')
    expect(hostnameOf('whence.example.com')).toBe('whence.example.com')
  })

  test.each([undefined, '', 'a b', 'localhost:3000@evil.example', 'localhost/evil', '[::1'])(
    'finds no hostname in the Host header "%s"',
    (header) => expect(hostnameOf(header)).toBeNull(),
  )

  test('rejects a foreign hostname that resolves to this machine', () => {
    expect(isOwnHost('127.0.0.1:3000')).toBe(true)
    expect(isOwnHost('[::1]:3000')).toBe(true)
    expect(isOwnHost('rebind.example:3000')).toBe(false)
    expect(isOwnHost(undefined)).toBe(false)
  })
})

describe('a write', () => {
  function isOwn(headers: Partial<WriteHeaders>, publicUrl?: string): boolean {
    const request = { method: 'POST', host: 'localhost:3000', origin: undefined }
    return isOwnWrite({ ...request, secFetchSite: undefined, ...headers }, publicUrl)
  }

  test('is accepted from our own page', () => {
    expect(isOwn({ origin: 'http://localhost:3000' })).toBe(true)
  })

  test('is accepted from our own page behind a proxy that terminates TLS', () => {
    expect(isOwn({ host: 'whence.example', origin: 'https://whence.example' })).toBe(true)
  })

  test('is accepted from PUBLIC_URL behind a proxy that changes the host', () => {
    const origin = 'https://whence.example'
    expect(isOwn({ origin })).toBe(false)
    expect(isOwn({ origin }, 'https://whence.example/')).toBe(true)
    const plain = { origin: 'http://whence.example', host: 'whence.example' }
    expect(isOwn(plain, 'https://whence.example/')).toBe(false)
    const other = { origin: 'https://evil.example', host: 'evil.example' }
    expect(isOwn(other, 'https://whence.example/')).toBe(false)
  })

  test('is accepted from clients other than browsers', () => {
    expect(isOwn({})).toBe(true)
  })

  test.each([
    'localhost:3000',
    'ftp://localhost:3000',
    'http://evil.example',
    'http://localhost:4000',
    'null',
    'http://localhost:3000.evil',
  ])('is rejected from the origin %s', (origin) => expect(isOwn({ origin })).toBe(false))

  test.each(['cross-site', 'same-site'])('without an origin is rejected if %s', (secFetchSite) =>
    expect(isOwn({ secFetchSite })).toBe(false),
  )

  test.each(['PUT', 'PATCH', 'DELETE', 'POST', 'PROPFIND'])('can be a %s', (method) =>
    expect(isOwn({ method, origin: 'http://evil.example' })).toBe(false),
  )

  test('is never a GET', () => {
    expect(isOwn({ method: 'GET', origin: 'http://evil.example' })).toBe(true)
  })
})
