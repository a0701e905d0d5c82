import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

// Optional programs and folders. Tests that need a missing one are skipped, with the reason and a hint in
// their names. With CI=true they fail instead, except those that need the shared folder or the other profile,
// which CI runs as well. scripts/test-results.mjs recognizes the exceptions by "[needs ../shared" and "[only
// on".

type Profile = 'embedded' | 'external'

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url))

export function profile(): Profile {
  return process.env.DATABASE_URL ? 'external' : 'embedded'
}

export function chromiumPath(): string | null {
  const named = process.env.CHROMIUM_PATH
  if (named) return isExecutable(named) ? named : null
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  return onPath(names) ?? [mac, '/snap/bin/chromium'].find(isExecutable) ?? null
}

/** Returns the folder `../shared` next to the checkout (with `data/`); null if it does not exist. */
export function sharedFolder(): string | null {
  return existsSync(join(SHARED, 'data')) ? SHARED : null
}

/** Returns the folder of PostgreSQL's server programs (`initdb`, `pg_ctl`), for private servers of a test. */
export function postgresPrograms(): string | null {
  const named = process.env.WHENCE_TEST_PG_BIN
  if (named) return isExecutable(join(named, 'pg_ctl')) ? named : null
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian)
    ? readdirSync(debian).sort((a, b) => Number(b) - Number(a))
    : []
  const folders = versions.map((version) => join(debian, version, 'bin'))
  return folders.find((folder) => isExecutable(join(folder, 'pg_ctl'))) ?? null
}

export function redisProgram(): string | null {
  const named = process.env.WHENCE_TEST_REDIS_BIN
  if (named) return isExecutable(named) ? named : null
  return onPath(['redis-server', 'valkey-server'])
}

export function describeWithBrowser(name: string, suite: (chromium: string) => void): void {
  const reason = 'needs Chromium: install it (Debian: chromium) or set CHROMIUM_PATH'
  describeWith(name, reason, chromiumPath(), suite)
}

export function describeWithServers(
  name: string,
  suite: (programs: { postgres: string; redis: string }) => void,
): void {
  const reason =
    'needs the programs of PostgreSQL and Redis: install them (Debian: postgresql, redis-server) or set WHENCE_TEST_PG_BIN and WHENCE_TEST_REDIS_BIN'
  const postgres = postgresPrograms()
  const redis = redisProgram()
  describeWith(name, reason, postgres && redis ? { postgres, redis } : null, suite)
}

/** Defines tests with PgBouncer, on the external profile only. */
export function describeWithPooler(name: string, suite: (pgbouncer: string) => void): void {
  describeOnProfile('external', name, () => {
    const found = onPath(['pgbouncer']) ?? ['/usr/sbin/pgbouncer'].find(isExecutable) ?? null
    describeWith('with PgBouncer', 'needs PgBouncer: install it (Debian: pgbouncer)', found, suite)
  })
}

export function describeWithShared(name: string, suite: (folder: string) => void): void {
  const folder = sharedFolder()
  if (folder) describe(name, () => suite(folder))
  else skip(name, 'needs ../shared: lay that folder beside the checkout')
}

/** Defines tests for one profile only; CI runs the other profile separately. */
export function describeOnProfile(only: Profile, name: string, suite: () => void): void {
  if (profile() === only) describe(name, suite)
  else skip(name, `only on the ${only} profile: set or unset DATABASE_URL and REDIS_URL`)
}

function describeWith<T>(name: string, reason: string, found: T | null, suite: (found: T) => void) {
  if (found !== null) describe(name, () => suite(found))
  else if (process.env.CI === 'true') fail(name, reason)
  else skip(name, reason)
}

function skip(name: string, reason: string): void {
  describe(name, () => test.skip(`[${reason}]`))
}

function fail(name: string, reason: string): void {
  describe(name, () => {
    test(`[${reason}]`, () => {
      throw new Error(`With CI=true nothing may be skipped, and this ${reason}`)
    })
  })
}

function onPath(names: string[]): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
