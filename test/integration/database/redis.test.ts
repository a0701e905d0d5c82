import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Profile } from '#app/config/env.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { openQueues, type Queues } from '#app/queues/queues.server.ts'
import { checkRedis } from '#app/queues/redis.server.ts'
import { gate } from '../../services/connections.ts'
import { takeAndHold } from '../../services/consumers.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

const SCRIPT = fileURLToPath(new URL('../../../scripts/services.sh', import.meta.url))
const logger = createLogger('silent')

describeOnProfile('external', 'a private Redis', () => {
  let test_: TestServices
  let folder: string
  let url: string
  let profile: Profile
  let queues: Queues

  async function redis(verb: 'start' | 'stop' | 'kill'): Promise<string> {
    return (await promisify(execFile)('bash', [SCRIPT, verb, folder, 'redis'])).stdout
  }

  beforeAll(async () => {
    test_ = await openTestServices()
    folder = await mkdtemp(join(tmpdir(), 'whence-redis-'))
    url = /redis:\/\/\S+/.exec(await redis('start'))?.[0] ?? ''
    profile = { ...test_.services.config.profile, redisUrl: url } as Profile
  })
  afterAll(async () => {
    await redis('kill')
    await rm(folder, { recursive: true })
    await test_.close()
  })
  beforeEach(async () => {
    await redis('start')
    queues = await openQueues(test_.services.database, profile, logger)
    return () => queues.close()
  })

  async function withAdmin<T>(work: (admin: Redis) => Promise<T>): Promise<T> {
    const admin = new Redis(url)
    try {
      return await work(admin)
    } finally {
      admin.disconnect()
    }
  }

  function add(id: number): Promise<void> {
    return queues.add('transform', [{ id: `${id}`, priority: 0 }])
  }

  test.each(['stop', 'kill'] as const)(
    'is used again after it went down and came back (%s)',
    async (how) => {
      const taken: string[] = []
      const consumer = queues.consume('transform', 2, async (id) => void taken.push(id))
      await add(1)
      await expect.poll(() => taken).toEqual(['1'])
      await redis(how)
      await expect(add(2)).rejects.toThrow()
      await expect(queues.depth()).rejects.toThrow()
      await redis('start')
      await expect
        .poll(() =>
          add(3).then(
            () => 'added',
            () => 'refused',
          ),
        )
        .toBe('added')
      await expect.poll(() => taken).toContain('3')
      await consumer.close()
    },
  )

  test('makes producers reject if it hangs', async () => {
    await withAdmin((admin) => admin.call('CLIENT', 'PAUSE', '60000', 'ALL'))
    await expect(add(4)).rejects.toThrow('Command timed out')
    await redis('kill')
  })

  test('does not keep consumers from closing or from finishing work in flight while it is down', async () => {
    const started = gate()
    const end = gate()
    let ended = false
    const busy = queues.consume('transform', 2, async () => {
      started.open()
      await end.opened
      ended = true
    })
    const idle = queues.consume('extraction', 2, async () => {})
    await add(5)
    await started.opened
    const closingBefore = busy.close()
    await redis('kill')
    const late = queues.consume('embedding', 1, async () => {})
    await Promise.all([idle.close(), late.close()])
    expect(ended).toBe(false)
    end.open()
    await closingBefore
    expect(ended).toBe(true)
  })

  test('hands the queue job of a killed consumer to another one', async () => {
    const environment = { DATABASE_URL: test_.environment.DATABASE_URL, REDIS_URL: url }
    const held = await takeAndHold(environment, () => add(6))
    held.kill('SIGKILL')
    await once(held, 'exit')
    const taken: string[] = []
    // BullMQ needs two rounds, half a minute apart: the first marks jobs without a lock, the second hands
    // them out. Each consumer starts with a round if the keys of lock and pause are deleted.
    await withAdmin((admin) => forget(admin, '*:lock', '*:stalled-check'))
    const first = queues.consume('transform', 1, async (id) => void taken.push(id))
    await withAdmin((admin) => expect.poll(() => admin.keys('*:stalled-check')).toHaveLength(1))
    await first.close()
    expect(taken).toEqual([])
    await withAdmin((admin) => forget(admin, '*:stalled-check'))
    const second = queues.consume('transform', 1, async (id) => void taken.push(id))
    await expect.poll(() => taken).toEqual(['6'])
    await second.close()
  })

  test.each(['allkeys-lru', 'volatile-lru'])(
    'is refused if it may evict queue jobs: %s',
    async (policy) => {
      await withAdmin((admin) => admin.config('SET', 'maxmemory-policy', policy))
      await expect(checkRedis({ url, eviction: 'refuse' }, logger)).rejects.toMatchObject({
        name: 'OperatorError',
        message: expect.stringContaining(policy),
        hint: expect.stringMatching(/noeviction.*REDIS_EVICTION=allow/),
      })
      const allowed = await checkRedis({ url, eviction: 'allow' }, logger)
      expect(allowed).toContain(`maxmemory-policy is ${policy}`)
      await withAdmin((admin) => admin.config('SET', 'maxmemory-policy', 'noeviction'))
      expect(await checkRedis({ url, eviction: 'refuse' }, logger)).toBeNull()
    },
  )

  test.each([
    ['no password', ''],
    ['a wrong one', ':wrong@'],
    ['an unknown user', 'nobody:right@'],
  ])('rejects %s with a clear message if it has a password', async (_name, userinfo) => {
    await withAdmin((admin) => admin.config('SET', 'requirepass', 'right'))
    try {
      await expect(
        checkRedis({ url: url.replace('//', `//${userinfo}`), eviction: 'refuse' }, logger),
      ).rejects.toMatchObject({
        name: 'OperatorError',
        message: expect.stringContaining('Redis refuses the login: '),
        hint: expect.stringContaining('user:password'),
      })
      await checkRedis({ url: url.replace('//', '//:right@'), eviction: 'refuse' }, logger)
    } finally {
      const admin = new Redis(url.replace('//', '//:right@'))
      await admin.config('SET', 'requirepass', '')
      admin.disconnect()
    }
  })

  test('is reported with a hint if it is unreachable', async () => {
    await redis('kill')
    await expect(checkRedis({ url, eviction: 'refuse' }, logger)).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.stringContaining('Redis does not answer: '),
      hint: expect.stringContaining('REDIS_URL'),
    })
    await expect(openQueues(test_.services.database, profile, logger)).rejects.toThrow()
    await redis('start')
  })
})

async function forget(redis: Redis, ...patterns: string[]): Promise<void> {
  const keys = await Promise.all(patterns.map((pattern) => redis.keys(pattern)))
  await redis.del(...keys.flat())
}
