import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import { sessionSecret } from '#server/access/session-secret.ts'

const logger = createLogger('silent')
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whence-secret-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function secretIn(DATA_DIR: string): string {
  return sessionSecret({ SESSION_SECRET: undefined, DATA_DIR }, logger)
}

test('a configured session secret is used unchanged', () => {
  const SESSION_SECRET = 'a secret that has more than 32 characters'
  expect(sessionSecret({ SESSION_SECRET, DATA_DIR: folder }, logger)).toBe(SESSION_SECRET)
})

test('a session secret is generated once and stored for its owner only', () => {
  const dataDir = join(folder, 'data')
  const secret = secretIn(dataDir)
  expect(secret.length).toBeGreaterThanOrEqual(43)
  expect(secretIn(dataDir)).toBe(secret)
  expect(statSync(join(dataDir, 'session-secret')).mode & 0o777).toBe(0o600)
})

test('a session secret that cannot be stored lasts as long as the process', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(secretIn(file)).not.toBe(secretIn(file))
})
