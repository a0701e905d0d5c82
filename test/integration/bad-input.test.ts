import { spawnSync } from 'node:child_process'
import { cp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mountable, needsMounts, withTmpfs } from '#test/services/tmpfs.ts'
import {
  type FakeService,
  fakePostgres,
  fakeRedis,
  fakeService,
  silentService,
} from '../services/fake-services.ts'
import { describeOnProfile } from '../services/requirements.ts'
import { callWhence, type Ended, layDataFolder, makeFolder, runWhence } from '../services/whence.ts'

const GOOD_POSTGRES = { major: '16', vector: '0.8.1', trigrams: '1.6' }
const GOOD_REDIS = { redis_version: '7.2.4', maxmemory_policy: 'noeviction' }

const fakes: FakeService[] = []
let place: Awaited<ReturnType<typeof makeFolder>>
let laid: Awaited<ReturnType<typeof layDataFolder>>

beforeAll(async () => {
  ;[place, laid] = await Promise.all([makeFolder(), layDataFolder()])
})
afterAll(async () => {
  await Promise.all([...fakes.map((fake) => fake.close()), place.remove(), laid.remove()])
})

async function portOf(fake: Promise<FakeService>): Promise<number> {
  fakes.push(await fake)
  return (await fake).port
}

/** Expects one clear message with a hint, exit code 1, and no other output. */
async function expectRefusal(ended: Promise<Ended>, message: RegExp, hint: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ended
  const lines = stderr.split('\n').filter((line) => line && !line.startsWith('{'))
  expect({ code, stdout, lines }).toEqual({
    code: 1,
    stdout: '',
    lines: [expect.stringMatching(message), expect.stringMatching(hint)],
  })
  expect(stderr).not.toMatch(/\n\s+at /)
}

interface ServiceCase {
  name: string
  postgres?: () => Promise<FakeService>
  redis?: () => Promise<FakeService>
  environment?: Partial<NodeJS.ProcessEnv>
  message: RegExp
  hint: RegExp
}

const SERVICES: ServiceCase[] = [
  // The cases that take ten seconds come first, so that they run in parallel.
  {
    name: 'a silent server in place of Redis',
    redis: silentService,
    message: /^Redis does not answer: no answer within 10 s$/,
    hint: /REDIS_URL/,
  },
  {
    name: 'a silent server in place of the database',
    postgres: silentService,
    message: /^The database does not answer in time: /,
    hint: /PostgreSQL must listen there/,
  },
  {
    name: 'a Redis that is not running',
    environment: { REDIS_URL: 'redis://127.0.0.1:1' },
    message: /^Redis does not answer: connect ECONNREFUSED 127.0.0.1:1$/,
    hint: /REDIS_URL/,
  },
  {
    name: 'a Redis that is too old',
    redis: () => fakeRedis({ ...GOOD_REDIS, redis_version: '6.2.14' }),
    message: /^Redis 6.2.14 is too old$/,
    hint: /Redis 7 or newer/,
  },
  {
    name: 'a Redis that may evict',
    redis: () => fakeRedis({ ...GOOD_REDIS, maxmemory_policy: 'allkeys-lru' }),
    message: /^Redis may evict queue jobs \(maxmemory-policy is allkeys-lru\)$/,
    hint: /noeviction/,
  },
  {
    name: 'a Redis that requires a password',
    redis: () => fakeRedis(GOOD_REDIS, 'NOAUTH Authentication required.'),
    message: /^Redis refuses the login: NOAUTH/,
    hint: /password in REDIS_URL/,
  },
  {
    name: 'a Redis that rejects the password',
    redis: () => fakeRedis(GOOD_REDIS, 'WRONGPASS invalid username-password pair'),
    message: /^Redis refuses the login: WRONGPASS/,
    hint: /password in REDIS_URL/,
  },
  {
    name: 'PostgreSQL in place of Redis',
    redis: () => fakeService((socket) => void socket.once('data', () => socket.end())),
    message: /^Redis does not answer: /,
    hint: /REDIS_URL/,
  },
  {
    name: 'a database that is not running',
    environment: { DATABASE_URL: 'postgres://whence@127.0.0.1:1/whence' },
    message: /^The database does not answer: connect ECONNREFUSED 127.0.0.1:1$/,
    hint: /DATABASE_URL/,
  },
  {
    name: 'a database on an unknown host',
    environment: { DATABASE_URL: 'postgres://whence@nowhere.invalid/whence' },
    message: /^The database has an unknown host: /,
    hint: /host in DATABASE_URL/,
  },
  {
    name: 'a database without TLS although the URL requires it',
    postgres: () => fakeService((socket) => void socket.once('data', () => socket.write('N'))),
    message: /cannot agree on TLS: The server does not support SSL/,
    hint: /sslmode/,
  },
  {
    name: 'a database that is too old',
    postgres: () => fakePostgres({ ...GOOD_POSTGRES, major: '14' }),
    message: /^PostgreSQL 14 is too old$/,
    hint: /PostgreSQL 15 or newer/,
  },
  {
    name: 'a database without pgvector',
    postgres: () => fakePostgres({ ...GOOD_POSTGRES, vector: null }),
    message: /^The PostgreSQL server does not have pgvector$/,
    hint: /extension 'vector'/,
  },
  {
    name: 'a database without pg_trgm',
    postgres: () => fakePostgres({ ...GOOD_POSTGRES, trigrams: null }),
    message: /^The PostgreSQL server does not have pg_trgm$/,
    hint: /postgresql-contrib/,
  },
  {
    name: 'a pgvector that is too old',
    postgres: () => fakePostgres({ ...GOOD_POSTGRES, vector: '0.7.4' }),
    message: /^pgvector 0.7.4 is too old$/,
    hint: /0.8 or newer/,
  },
]

describe('an unusable service is reported with a hint', () => {
  test.concurrent.each(SERVICES)('$name', async (service) => {
    const postgres = await portOf((service.postgres ?? (() => fakePostgres(GOOD_POSTGRES)))())
    const redis = await portOf((service.redis ?? (() => fakeRedis(GOOD_REDIS)))())
    const tls = service.name.includes('TLS') ? '?sslmode=verify-full' : ''
    const environment = {
      DATABASE_URL: `postgres://whence:pw@127.0.0.1:${postgres}/whence${tls}`,
      REDIS_URL: `redis://127.0.0.1:${redis}`,
      ...service.environment,
    }
    await expectRefusal(callWhence(['serve'], environment), service.message, service.hint)
  })
})

describe('the environment', () => {
  test.each([
    [{ PORT: 'http', LOG_LEVEL: 'loud' }, /PORT: .*LOG_LEVEL: /],
    [{ REDIS_URL: 'redis://127.0.0.1' }, /REDIS_URL is set, but DATABASE_URL is not/],
    [{ GITHUB_TOKEN_FILE: '/nowhere/token' }, /GITHUB_TOKEN_FILE: cannot read \/nowhere\/token/],
  ])('if invalid, keeps every command from starting: %o', async (environment, message) => {
    const hint = /docs\/configuration.md/
    await expectRefusal(callWhence(['migrate'], environment), message, hint)
    const { code, stdout } = await callWhence(['doctor'], environment)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^fail {2}start/)
  })
})

describe('the port', () => {
  test('if taken, is reported before a database is created', async () => {
    const port = await portOf(silentService())
    const DATA_DIR = join(place.folder, 'taken-port')
    const serve = runWhence(['serve', '--migrate'], { DATA_DIR, PORT: String(port) })
    await expectRefusal(serve, new RegExp(`^Port ${port} on 127.0.0.1 is already in use`), /PORT/)
    expect(await readdir(DATA_DIR)).toEqual([])
  })
})

describe('the data folder', () => {
  test('that is a file is reported', async () => {
    const DATA_DIR = join(place.folder, 'file')
    await writeFile(DATA_DIR, '')
    const migrate = runWhence(['migrate'], { DATA_DIR })
    await expectRefusal(migrate, /^The data folder cannot be created: .* is a file$/, /DATA_DIR/)
  })

  test('that cannot be created is reported', async () => {
    const migrate = callWhence(['migrate'], { DATA_DIR: '/proc/whence' })
    await expectRefusal(migrate, /^The data folder \/proc\/whence is not writable$/, /DATA_DIR/)
  })

  test('without a database is not filled by a command that only reads', async () => {
    const DATA_DIR = join(place.folder, 'not-there')
    for (const argv of [['status'], ['serve']])
      await expectRefusal(callWhence(argv, { DATA_DIR }), /^There is no Whence data in /, /migrate/)
    expect(await readdir(place.folder)).not.toContain('not-there')
  })

  test('if damaged, is reported and left unchanged', async () => {
    const DATA_DIR = join(place.folder, 'damaged')
    await cp(laid.folder, DATA_DIR, { recursive: true })
    await rm(join(DATA_DIR, 'postgres/global/pg_control'))
    const status = runWhence(['status'], { DATA_DIR })
    await expectRefusal(status, /^The embedded database in .* cannot be opened/, /damaged/)
    expect(await readdir(join(DATA_DIR, 'postgres'))).toContain('base')
  })

  test.skipIf(!mountable)(`on a full disk is reported and left empty${needsMounts}`, async () => {
    await withTmpfs(place.folder, '4m', async (DATA_DIR) => {
      const migrate = runWhence(['migrate'], { DATA_DIR })
      await expectRefusal(migrate, /^The disk of the data folder .* is full$/, /Free some space/)
      expect(await readdir(DATA_DIR)).toEqual([])
    })
  })

  test.skipIf(!mountable)(`on a disk that fills up later is reported${needsMounts}`, async () => {
    await withTmpfs(place.folder, '120m', async (DATA_DIR) => {
      await cp(laid.folder, DATA_DIR, { recursive: true })
      spawnSync('dd', ['if=/dev/zero', `of=${DATA_DIR}/filler`, 'bs=64k'])
      const status = runWhence(['migrate'], { DATA_DIR })
      await expectRefusal(status, /^The disk of the data folder .* is full$/, /Free some space/)
    })
  })

  test.skipIf(!mountable)(`that is read-only is reported${needsMounts}`, async () => {
    await withTmpfs(place.folder, '1m', async (DATA_DIR) => {
      spawnSync('mount', ['-o', 'remount,ro', DATA_DIR])
      const migrate = runWhence(['migrate'], { DATA_DIR })
      await expectRefusal(migrate, /^The data folder .* is not writable$/, /chown|mount/)
    })
  })
})

describeOnProfile('external', 'a real database server', () => {
  test('reports a wrong password and a missing database', async () => {
    const { DATABASE_URL = '', REDIS_URL } = process.env
    const wrong = new URL(DATABASE_URL)
    wrong.password = 'wrong'
    const missing = new URL(DATABASE_URL)
    missing.pathname = '/not_there'
    const at = (url: URL) => runWhence(['migrate'], { DATABASE_URL: url.href, REDIS_URL })
    await expectRefusal(at(wrong), /^The database refuses the login: /, /password/)
    await expectRefusal(at(missing), /server does not have it: .*"not_there"/, /createdb/)
  })

  test('reports swapped addresses of the database and Redis', async () => {
    const { DATABASE_URL = '', REDIS_URL = '' } = process.env
    const redisAsDatabase = `postgres://whence:pw@${new URL(REDIS_URL).host}/whence`
    const databaseAsRedis = `redis://${new URL(DATABASE_URL).host}`
    const serve = (environment: Partial<NodeJS.ProcessEnv>) =>
      callWhence(['serve'], { DATABASE_URL, REDIS_URL, ...environment })
    await Promise.all([
      expectRefusal(serve({ DATABASE_URL: redisAsDatabase }), /^The database does/, /DATABASE_URL/),
      expectRefusal(serve({ REDIS_URL: databaseAsRedis }), /^Redis does not answer/, /REDIS_URL/),
    ])
  })
})
