import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'

const folder = mkdtempSync(join(tmpdir(), 'whence-env-'))
afterAll(() => rmSync(folder, { recursive: true }))

const POSTGRES = 'postgres://whence:pw@db/whence'
const REDIS = 'redis://queue:6379'
const KEY = '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----'

function refusal(environment: Partial<NodeJS.ProcessEnv>): OperatorError {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof OperatorError) return error
  }
  throw new Error('The configuration was not refused')
}

describe('the environment', () => {
  test('can be empty: everything then runs in one folder, on loopback', () => {
    const config = readConfig({})
    expect(config.profile).toEqual({ kind: 'embedded', dataDir: join(process.cwd(), '.whence') })
    expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, github: { kind: 'none' } })
  })

  test('selects the external profile if both addresses are set', () => {
    const { profile } = readConfig({ DATABASE_URL: POSTGRES, REDIS_URL: REDIS })
    expect(profile).toEqual({
      kind: 'external',
      databaseUrl: POSTGRES,
      directUrl: null,
      poolSizes: { web: 8, work: 12, health: 2 },
      redisUrl: REDIS,
    })
  })

  test('treats an empty variable as unset', () => {
    const { profile, PORT } = readConfig({ DATABASE_URL: '', REDIS_URL: '', PORT: '' })
    expect([profile.kind, PORT]).toEqual(['embedded', 3000])
  })

  test.each([
    [{ DATABASE_URL: POSTGRES }, 'DATABASE_URL is set, but REDIS_URL is not'],
    [{ REDIS_URL: REDIS }, 'REDIS_URL is set, but DATABASE_URL is not'],
    [{ PORT: 'web' }, 'PORT: must be a whole number from 0 to 65535'],
    [{ PORT: '70000' }, 'PORT: must be a whole number from 0 to 65535'],
    [{ WORKER_CONCURRENCY: '1.5' }, 'WORKER_CONCURRENCY: must be a whole number from 1 to 64'],
    [{ EMBEDDING_PROVIDER: 'ada' }, 'must be one of auto, none, hash, openai'],
    [{ DATABASE_URL: 'mysql://db/x', REDIS_URL: REDIS }, 'DATABASE_URL: must start with postgres:'],
    [{ DATABASE_URL: POSTGRES, REDIS_URL: 'queue:6379' }, 'REDIS_URL: must start with redis:'],
    [{ DATABASE_URL: 'postgres://u:p/w@h:x/y', REDIS_URL: REDIS }, 'DATABASE_URL: is not a valid'],
    [{ DATABASE_URL: 'postgres://u:p%zz@h/y', REDIS_URL: REDIS }, 'DATABASE_URL: is not a valid'],
    [{ PUBLIC_URL: 'ftp://x' }, 'PUBLIC_URL: must be an http(s) address'],
    [{ GITHUB_API_URL: 'http://github.example/api/v3' }, 'GITHUB_API_URL: use https'],
    [{ OPENAI_BASE_URL: 'http://203.0.113.9/v1' }, 'OPENAI_BASE_URL: use https'],
    [{ GITHUB_WEB_URL: 'http://172.32.0.1' }, 'GITHUB_WEB_URL: use https'],
    [{ OPENAI_BASE_URL: 'http://[2001:db8::1]/v1' }, 'OPENAI_BASE_URL: use https'],
    [{ OPENAI_BASE_URL: 'http://localhost.example/v1' }, 'OPENAI_BASE_URL: use https'],
    [{ GITHUB_WEBHOOK_SECRET: 'x' }, 'GITHUB_WEBHOOK_SECRET: must have at least 32 characters'],
    [{ GITHUB_APP_ID: '1' }, 'GITHUB_APP_ID is set, but GITHUB_APP_PRIVATE_KEY is not'],
    [{ GITHUB_APP_PRIVATE_KEY: KEY }, 'GITHUB_APP_PRIVATE_KEY is set, but GITHUB_APP_ID is not'],
    [{ GITHUB_TOKEN: 't', GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: KEY }, 'are both set'],
    [{ GITHUB_TOKEN_FILE: '/nowhere/token' }, 'GITHUB_TOKEN_FILE: cannot read /nowhere/token (ENO'],
    [{ GITHUB_TOKEN_FILE: folder }, '(EISDIR)'],
  ])('is rejected with the reason: %o', (environment, reason) => {
    const error = refusal(environment)
    expect(error.message).toContain(reason)
    expect(error.hint).toContain('docs/configuration.md')
  })

  test('is rejected with all errors at once', () => {
    const { message } = refusal({ PORT: 'x', LOG_LEVEL: 'loud', REDIS_URL: REDIS })
    for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL']) expect(message).toContain(name)
  })

  test('is rejected without revealing the value of a secret', () => {
    const DATABASE_URL = 'postgres://u:hunter2%zz@h/y'
    expect(refusal({ DATABASE_URL, GITHUB_WEBHOOK_SECRET: 'hunter2' }).message).not.toContain(
      'hunter2',
    )
  })

  test('reads a secret from a file, without its trailing line break', () => {
    const file = join(folder, 'token')
    writeFileSync(file, 'from-the-file\n')
    const github = (token: string) => ({ kind: 'token', token })
    expect(readConfig({ GITHUB_TOKEN_FILE: file }).github).toEqual(github('from-the-file'))
    const both = { GITHUB_TOKEN: 'itself', GITHUB_TOKEN_FILE: file }
    expect(readConfig(both).github).toEqual(github('itself'))
  })

  test('rejects an empty secret file', () => {
    const file = join(folder, 'empty')
    writeFileSync(file, '\n')
    expect(refusal({ GITHUB_TOKEN_FILE: file }).message).toContain('is empty')
  })
})

test('the longest life of tokens is 90 days, another number of them, or none', () => {
  expect(readConfig({}).TOKEN_MAX_DAYS).toBe(90)
  expect(readConfig({ TOKEN_MAX_DAYS: '30' }).TOKEN_MAX_DAYS).toBe(30)
  expect(readConfig({ TOKEN_MAX_DAYS: 'none' }).TOKEN_MAX_DAYS).toBeNull()
  for (const wrong of ['0', 'never', '3651'])
    expect(refusal({ TOKEN_MAX_DAYS: wrong }).message).toContain('TOKEN_MAX_DAYS: must be')
})

test('on Fly the address is that of the app, unless PUBLIC_URL is set', () => {
  expect(readConfig({ FLY_APP_NAME: 'our-whence' }).PUBLIC_URL).toBe('https://our-whence.fly.dev')
  const PUBLIC_URL = 'https://whence.example'
  expect(readConfig({ FLY_APP_NAME: 'our-whence', PUBLIC_URL }).PUBLIC_URL).toBe(PUBLIC_URL)
  expect(readConfig({}).PUBLIC_URL).toBeUndefined()
  expect(() => readConfig({ FLY_APP_NAME: 'evil.example/' })).toThrow(/FLY_APP_NAME/)
  expect(readFileSync(new URL('../../fly.toml', import.meta.url), 'utf8')).not.toMatch(
    /^\s*PUBLIC_URL/m,
  )
})

test.each([
  'http://127.0.0.1:4000',
  'http://[::1]:4000',
  'http://[fd12::1]/v1',
  'http://10.2.3.4/v1',
  'http://172.31.255.1/v1',
  'http://192.168.0.9/v1',
  'http://embeddings/v1',
  'http://models.internal/v1',
  'http://localhost:11434/v1',
  'https://models.example/v1',
])('plain http is accepted where nobody else listens: %s', (OPENAI_BASE_URL) => {
  expect(readConfig({ OPENAI_BASE_URL }).OPENAI_BASE_URL).toBe(OPENAI_BASE_URL)
})

test('plain http to any host has to be allowed', () => {
  const OPENAI_BASE_URL = 'http://models.example/v1'
  expect(() => readConfig({ OPENAI_BASE_URL, ALLOW_PLAIN_HTTP: 'yes' })).toThrow(
    /one of true, false/,
  )
  expect(readConfig({ OPENAI_BASE_URL, ALLOW_PLAIN_HTTP: 'true' }).OPENAI_BASE_URL).toBe(
    OPENAI_BASE_URL,
  )
})

test('a webhook secret that can be guessed is refused', () => {
  expect(() => readConfig({ GITHUB_WEBHOOK_SECRET: 'secret' })).toThrow(/at least 32 characters/)
})
