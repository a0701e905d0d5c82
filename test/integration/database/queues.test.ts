import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Consumer, openQueues, type Queues } from '#app/queues/queues.server.ts'
import { gate } from '../../services/connections.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

let test_: TestServices
let queues: Queues
let consumers: Consumer[] = []

beforeEach(async () => {
  test_ = await openTestServices()
  queues = test_.services.queues
  return async () => {
    await Promise.all(consumers.map((consumer) => consumer.close()))
    consumers = []
    await test_.close()
  }
})

function consume(run: (id: string) => Promise<void>, slots = 1): void {
  consumers.push(queues.consume('transform', slots, run))
}

describe('a queue', () => {
  test('carries the id of a batch and nothing else', async () => {
    const taken: string[] = []
    consume(async (id) => void taken.push(id))
    await queues.add('transform', [
      { id: '9007199254740993', priority: 0 },
      { id: '3', priority: 0 },
    ])
    await expect.poll(() => taken).toEqual(['9007199254740993', '3'])
    const wrong = { id: '4', priority: 0, body: 'of a work item' }
    await queues.add('extraction', [wrong])
    expect(await storedJobs('extraction')).toEqual([{ batch: '4' }])
  })

  test('delivers the lowest priority number first, and the oldest within a priority', async () => {
    const taken: string[] = []
    const started = gate()
    const all = gate()
    consume(async (id) => {
      started.open()
      await all.opened
      taken.push(id)
    })
    await queues.add('transform', [{ id: '1', priority: 3 }])
    await started.opened
    for (const [id, priority] of [3, 1, 0, 3, 1, 0].entries())
      await queues.add('transform', [{ id: `${id + 10}`, priority }])
    all.open()
    await expect.poll(() => taken).toEqual(['1', '12', '15', '11', '14', '10', '13'])
  })

  test('runs as many batches at once as it has slots, each batch once', async () => {
    const taken: string[] = []
    let atOnce = 0
    let most = 0
    const full = gate()
    consume(async (id) => {
      most = Math.max(most, ++atOnce)
      if (most === 3) full.open()
      await full.opened
      atOnce--
      taken.push(id)
    }, 3)
    const ids = Array.from({ length: 60 }, (_, n) => `${n}`)
    await queues.add(
      'transform',
      ids.map((id) => ({ id, priority: 2 })),
    )
    await expect.poll(() => taken.length).toBe(60)
    expect([most, new Set(taken).size]).toEqual([3, 60])
  })

  test('reports its depth: waiting and active queue jobs', async () => {
    const started = gate()
    const end = gate()
    consume(async () => {
      started.open()
      await end.opened
    })
    await queues.add(
      'transform',
      [0, 0, 3].map((priority, n) => ({ id: `${n}`, priority })),
    )
    await started.opened
    expect(await queues.depth()).toEqual({ extraction: 0, transform: 3, embedding: 0 })
    end.open()
    await expect.poll(() => queues.depth()).toEqual({ extraction: 0, transform: 0, embedding: 0 })
  })

  test('continues after a consumer threw, and keeps a hundred ended queue jobs of each kind', async () => {
    let taken = 0
    consume(async (id) => {
      taken++
      if (Number(id) % 2) throw new Error('of a work item')
    }, 8)
    const ids = Array.from({ length: 300 }, (_, n) => `${n}`)
    await queues.add(
      'transform',
      ids.map((id) => ({ id, priority: 0 })),
    )
    await expect.poll(() => taken).toBe(300)
    await expect.poll(async () => (await storedJobs('transform')).length).toBeLessThanOrEqual(200)
    expect(taken).toBe(300)
  })

  test('does not hang if opened and closed immediately, with or without a consumer', async () => {
    for (let n = 0; n < 5; n++) {
      const { database, config, logger } = test_.services
      const short = await openQueues(database, config.profile, logger)
      const consumer = n % 2 ? short.consume('embedding', 2, async () => {}) : null
      await consumer?.close()
      await short.close()
    }
    await queues.add('embedding', [{ id: '1', priority: 0 }])
    expect(await queues.depth()).toMatchObject({ embedding: 1 })
  })

  test('finishes the work in flight on close, and leaves the rest', async () => {
    const started = gate()
    const end = gate()
    const ended: string[] = []
    consume(async (id) => {
      started.open()
      await end.opened
      ended.push(id)
    })
    await queues.add(
      'transform',
      [1, 2].map((id) => ({ id: `${id}`, priority: 0 })),
    )
    await started.opened
    const closing = Promise.all(consumers.splice(0).map((consumer) => consumer.close()))
    end.open()
    await closing
    expect(ended).toEqual(['1'])
    consume(async (id) => void ended.push(id))
    await expect.poll(() => ended).toEqual(['1', '2'])
  })
})

describe('two databases', () => {
  let other: TestServices
  beforeEach(async () => {
    other = await openTestServices()
  })
  afterEach(() => other.close())

  test("do not see each other's queue jobs", async () => {
    const taken: string[] = []
    consume(async (id) => void taken.push(id))
    await other.services.queues.add('transform', [{ id: '1', priority: 0 }])
    await queues.add('transform', [{ id: '2', priority: 0 }])
    await expect.poll(() => taken).toEqual(['2'])
    expect(await queues.depth()).toMatchObject({ transform: 0 })
    expect(await other.services.queues.depth()).toMatchObject({ transform: 1 })
  })

  describeOnProfile('external', 'on two servers', () => {
    test('are told apart although they have the same name', async () => {
      const { database, config, logger } = test_.services
      // The same database with another id, as a server of the same name would have it.
      await database.pool.query(`delete from setting where key = 'database.id'`)
      const namesake = await openQueues(database, config.profile, logger)
      expect(namesake.prefix).not.toBe(queues.prefix)
      const again = await openQueues(database, config.profile, logger)
      expect(again.prefix).toBe(namesake.prefix)
      const taken: string[] = []
      consume(async (id) => void taken.push(id))
      await namesake.add('transform', [{ id: '1', priority: 0 }])
      await queues.add('transform', [{ id: '2', priority: 0 }])
      await expect.poll(() => taken).toEqual(['2'])
      expect(await again.depth()).toMatchObject({ transform: 1 })
      await Promise.all([namesake.close(), again.close()])
    })
  })
})

/** Returns the payloads stored by the queue's service. */
async function storedJobs(stage: string): Promise<unknown[]> {
  const { database, config } = test_.services
  if (config.profile.kind === 'embedded') {
    const { rows } = await database.pool.query<{ data: unknown }>(
      'select data from bullmq.job where queue = $1',
      [stage],
    )
    return rows.map(({ data }) => data)
  }
  const redis = new Redis(config.profile.redisUrl)
  try {
    const keys = await redis.keys(`${queues.prefix}:${stage}:*`)
    const jobs = keys.filter((key) => /:\d+$/.test(key))
    const stored = await Promise.all(jobs.map((key) => redis.hget(key, 'data')))
    return stored.map((data) => JSON.parse(data ?? 'null'))
  } finally {
    redis.disconnect()
  }
}
