import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { OperatorError } from '#app/config/errors.server.ts'
import { isSealedBefore, type Place, seal, unseal } from '#app/secrets/seal.ts'

const PLACE: Place = ['github_connection', '1', 'token']
const KEY = 'ab'.repeat(32)
const OTHER = Buffer.alloc(32, 7).toString('base64')

let DATA_DIR: string
beforeEach(() => {
  DATA_DIR = mkdtempSync(join(tmpdir(), 'whence-seal-'))
})
afterEach(() => rmSync(DATA_DIR, { recursive: true }))

describe('a sealed secret', () => {
  test('opens with its key and at its place', () => {
    const settings = { DATA_DIR, SECRET_KEY: KEY }
    const sealed = seal(settings, 'ghp_secret é', PLACE)
    expect(sealed).not.toContain('secret')
    expect(unseal(settings, sealed, PLACE)).toBe('ghp_secret é')
    expect(seal(settings, 'ghp_secret é', PLACE)).not.toBe(sealed)
  })

  test.each<[string, Place]>([
    ['table', ['other', '1', 'token']],
    ['row', ['github_connection', '2', 'token']],
    ['column', ['github_connection', '1', 'private_key']],
  ])('does not open in another %s', (_part, place) => {
    const settings = { DATA_DIR, SECRET_KEY: KEY }
    const sealed = seal(settings, 'text', PLACE)
    expect(() => unseal(settings, sealed, place)).toThrow(/changed outside Whence/)
  })

  test('does not open once a character was changed', () => {
    const settings = { DATA_DIR, SECRET_KEY: KEY }
    const sealed = seal(settings, 'text', PLACE)
    const at = sealed.length - 5
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    expect(() => unseal(settings, changed, PLACE)).toThrow(OperatorError)
    expect(() => unseal(settings, 'nonsense', PLACE)).toThrow(OperatorError)
  })

  test('says what to do if its key is lost', () => {
    const sealed = seal({ DATA_DIR, SECRET_KEY: KEY }, 'text', PLACE)
    const open = () => unseal({ DATA_DIR, SECRET_KEY: OTHER }, sealed, PLACE)
    expect(open).toThrow(/sealed with another key/)
    expect(open).toThrow(expect.objectContaining({ hint: expect.stringMatching(/SECRET_KEY/) }))
  })

  test('opens with the previous key, and is then known to be old', () => {
    const before = { DATA_DIR, SECRET_KEY: KEY }
    const sealed = seal(before, 'text', PLACE)
    const settings = { DATA_DIR, SECRET_KEY: OTHER, SECRET_KEY_PREVIOUS: KEY }
    expect(unseal(settings, sealed, PLACE)).toBe('text')
    expect(isSealedBefore(settings, sealed)).toBe(true)
    expect(isSealedBefore(before, sealed)).toBe(false)
  })
})

describe('the key file', () => {
  test('is made when it is needed, for its owner alone, and stays', () => {
    const sealed = seal({ DATA_DIR }, 'text', PLACE)
    const path = join(DATA_DIR, 'secret-key')
    const content = readFileSync(path, 'utf8')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    seal({ DATA_DIR }, 'another', PLACE)
    expect(readFileSync(path, 'utf8')).toBe(content)
    expect(unseal({ DATA_DIR }, sealed, PLACE)).toBe('text')
    expect(unseal({ DATA_DIR, SECRET_KEY: KEY }, sealed, PLACE)).toBe('text')
  })

  test('is not replaced if it is damaged', () => {
    writeFileSync(join(DATA_DIR, 'secret-key'), 'short')
    expect(() => seal({ DATA_DIR }, 'text', PLACE)).toThrow(/is not a key/)
  })
})
