import { connect } from 'node:net'
import express from 'express'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  type Mock,
  test,
  vi,
} from 'vitest'
import { operatorScope, type Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { cancelRun } from '#app/ledger/decisions.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import type { FeedEvent } from '#server/events/audience.ts'
import { openEvents } from '#server/events/events.ts'
import { openJobChanges } from '#server/events/job-changes.ts'
import { type JobFeed, openJobFeed } from '#server/events/job-feed.ts'
import { openJobLoop } from '#server/events/job-loop.ts'
import { type Listening, listen } from '#server/listen.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { requestEverything, runEnded, startRehearsal } from '../../support/ledger-checks.ts'
import { listenEvents } from '../../support/listen-events.ts'
import { addInstallation, createEffects, seedOf } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'
import { viewerOf } from '../../support/viewer-of.ts'

const SIZE = { repositories: 2, pages: 2, perPage: 3 }

let opened: TestServices
let web: Web
const ends: (() => unknown)[] = []

beforeAll(async () => {
  opened = await openTestServices()
  await createEffects(opened.services.database.pool)
  web = await startWeb({ ...opened.services, config: { ...opened.services.config, PORT: 0 } })
})
beforeEach(async () => {
  await opened.services.database.pool.query('truncate installation cascade')
  await opened.services.database.pool.query('truncate work_item, batch, worker')
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function listenTo(path: string, url = web.url) {
  const listening = await listenEvents(`${url}${path}`)
  ends.push(listening.close)
  return listening
}

async function rehearse(): Promise<string> {
  const { database } = opened.services
  const { runId } = await requestEverything(database, await addInstallation(database))
  return runId
}

async function work(): Promise<void> {
  const worker = await startRehearsal(opened.services, { size: SIZE })
  ends.push(worker.close)
}

/** Opens a separate feed with its routes, so that a test can inspect it and choose the scope. */
async function openOwn(
  options: { scope?: Scope; heartbeatMs?: number; database?: typeof opened.services.database } = {},
): Promise<Listening & { feed: JobFeed }> {
  const { database, logger } = opened.services
  const feed = openJobFeed(options.database ?? database, logger)
  const events = openEvents(feed, { heartbeatMs: options.heartbeatMs })
  const app = express().use((_req, res, next) => {
    const scope = options.scope ?? operatorScope()
    Object.assign(res.locals, { scope, isStillIn: async () => true })
    next()
  }, events.routes)
  const listening = await listen(app, { HOST: '127.0.0.1', PORT: 0 })
  async function close(): Promise<void> {
    events.close()
    await listening.close()
    await feed.close()
  }
  ends.push(close)
  return { ...listening, feed, close }
}

describe('a stream of events', () => {
  test('starts with all current jobs, and then sends each change as a complete state', async () => {
    const runId = await rehearse()
    const { response, received, until, last } = await listenTo('/events')
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const first = await until(({ event }) => event === 'snapshot')
    expect(first.payload.data.jobs).toMatchObject([{ id: runId, overall: 'queued' }])
    await work()
    expect(await runEnded(opened.services.database.pool, runId)).toBe('finished')
    await expect.poll(() => last(runId)?.overall).toBe('finished')
    const jobs = received.filter(({ event }) => event === 'job')
    for (const { id, payload } of jobs) {
      expect(id).toBe(payload.data.version)
      expect(payload).toMatchObject({ type: 'job', data: { phase: expect.any(String) } })
    }
    const versions = jobs.map(({ id }) => Number(id))
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
    expect(last(runId)).toMatchObject({ progress: 100, step: null, currentItem: null })
  })

  test('reports changes without a new version, such as the loss of all workers', async () => {
    const runId = await rehearse()
    const { database, logger } = opened.services
    await startQueuedRuns(database.pool, seedOf(SIZE), logger)
    const slots = { extraction: 1, transform: 1, embedding: 1 }
    await database.pool.query(
      `insert into worker (id, host, pid, slots) values ('w', 'h', 1, $1)`,
      [JSON.stringify(slots)],
    )
    const { until, last } = await listenTo('/events')
    await until(({ event }) => event === 'snapshot')
    expect(last(runId)?.phase).toBe('running')
    await database.pool.query('delete from worker')
    await expect.poll(() => last(runId)?.phase).toBe('stalled')
  })

  test('can be limited to one installation or one job', async () => {
    const [one, two] = [await rehearse(), await rehearse()]
    const { pool } = opened.services.database
    const { rows } = await pool.query<{ installationId: string }>(
      'select installation_id from run where id = $1',
      [two],
    )
    const ofJob = await listenTo(`/events?job=${one}`)
    const ofInstallation = await listenTo(`/events?installation=${rows[0]?.installationId}`)
    await cancelRun(pool, one)
    await cancelRun(pool, two)
    await expect.poll(() => ofJob.last(one)?.overall).toBe('cancelled')
    await expect.poll(() => ofInstallation.last(two)?.overall).toBe('cancelled')
    expect([ofJob.last(two), ofInstallation.last(one)]).toEqual([undefined, undefined])
    const ofEnded = await listenTo(`/events?job=${one}`)
    await ofEnded.until(({ event }) => event === 'snapshot')
    expect(ofEnded.last(one)?.overall).toBe('cancelled')
    expect((await send(`${web.url}/events?job=one`)).status).toBe(422)
  })

  test('shares a read of all jobs among those who connect within a second of it', async () => {
    const first = await rehearse()
    const { pool } = opened.services.database
    let reads = 0
    const query: Queryable['query'] = (text, values) => {
      if (text.startsWith('with open_run as')) reads++
      return pool.query(text, values)
    }
    const changes = openJobChanges({ query }, operatorScope())
    const loop = openJobLoop(changes, { away: () => {}, back: () => {} }, () => {})
    ends.push(loop.close)
    const join = async () => {
      const event = await new Promise<FeedEvent>((receive) =>
        loop.listen({ installationId: null, jobId: null, project: null, receive }),
      )
      return 'jobs' in event ? event.jobs.map(({ id }) => id) : event
    }
    expect(await join()).toEqual([first])
    const second = await rehearse()
    for (let n = 0; n < 5; n++) expect(await join()).toEqual([first, second])
    expect(reads).toBe(1)
    await cancelRun(pool, second)
    expect(await join()).toEqual([first, second])
  })

  test('contains nothing out of scope', async () => {
    const [one, two] = [await rehearse(), await rehearse()]
    const { pool } = opened.services.database
    const { rows } = await pool.query<{ installationId: string }>(
      'select installation_id from run where id = $1',
      [two],
    )
    const own = await openOwn({ scope: await viewerOf(pool, rows[0]?.installationId ?? '') })
    const { last } = await listenTo('/events', own.url)
    const unfit = await listenTo(`/events?job=${one}`, own.url)
    await unfit.until(({ event }) => event === 'snapshot')
    await cancelRun(pool, one)
    await cancelRun(pool, two)
    await expect.poll(() => last(two)?.overall).toBe('cancelled')
    expect([last(one), unfit.last(one)]).toEqual([undefined, undefined])
  })

  test('shares one loop between two listeners, which ends with the last of them', async () => {
    const runId = await rehearse()
    const { database } = opened.services
    const own = await openOwn()
    expect(own.feed.isBusy()).toBe(false)
    const first = await listenTo('/events', own.url)
    const second = await listenTo('/events', own.url)
    await cancelRun(database.pool, runId)
    for (const one of [first, second])
      await expect.poll(() => one.last(runId)?.overall).toBe('cancelled')
    first.close()
    await expect.poll(() => own.feed.isBusy()).toBe(true)
    second.close()
    await expect.poll(() => own.feed.isBusy()).toBe(false)
  })

  test('reports changes made by another web process', async () => {
    const config = { ...opened.services.config, PORT: 0 }
    const other = await startWeb({ ...opened.services, config })
    ends.push(other.close)
    const runId = await rehearse()
    const here = await listenTo('/events')
    const there = await listenTo('/events', other.url)
    const headers = { origin: other.url, 'content-type': 'application/json' }
    await send(`${other.url}/api/v1/jobs/${runId}/cancel`, headers, 'POST')
    for (const one of [here, there])
      await expect.poll(() => one.last(runId)?.overall).toBe('cancelled')
  })

  test('sends heartbeats while nothing happens', async () => {
    const own = await openOwn({ heartbeatMs: 20 })
    const { received } = await listenTo('/events', own.url)
    const beats = () => received.filter(({ event }) => event === 'heartbeat')
    await expect.poll(() => beats().length).toBeGreaterThan(2)
    expect(Date.parse(beats()[0]?.payload.timestamp ?? '')).toBeGreaterThan(Date.now() - 60_000)
  })

  test('ends with the server', async () => {
    const own = await startWeb({
      ...opened.services,
      config: { ...opened.services.config, PORT: 0 },
    })
    const { until, hasEnded } = await listenTo('/events', own.url)
    await until(({ event }) => event === 'snapshot')
    await own.close()
    await expect.poll(hasEnded).toBe(true)
  })

  test('survives a database outage, and reports it once', async () => {
    const runId = await rehearse()
    const { database } = opened.services
    const { web } = database
    let isAway = false
    const query = vi.fn((text: string, values?: readonly unknown[]) =>
      isAway
        ? Promise.reject(new Error('Connection terminated unexpectedly'))
        : web.query(text, values),
    ) as typeof web.query & Mock
    const own = await openOwn({ database: { ...database, web: { ...web, query } } })
    const { received, until, last } = await listenTo('/events', own.url)
    await until(({ event }) => event === 'snapshot')
    isAway = true
    await until(({ event }) => event === 'outage')
    const before = query.mock.calls.length
    await expect.poll(() => query.mock.calls.length).toBeGreaterThan(before + 3)
    await cancelRun(database.pool, runId)
    isAway = false
    await expect.poll(() => last(runId)?.overall).toBe('cancelled')
    const kinds = received.map(({ event }) => event)
    expect(kinds).toEqual(['snapshot', 'outage', 'snapshot'])
  })

  test('keeps only the newest state for a slow client', async () => {
    const runId = await rehearse()
    const { pool } = opened.services.database
    const own = await openOwn()
    const { hostname, port } = new URL(own.url)
    const socket = connect(Number(port), hostname)
    ends.push(() => socket.destroy())
    socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await expect.poll(() => text).toContain('snapshot')
    socket.pause()
    // Large enough to fill the buffers of both ends quickly.
    const fat = 'x'.repeat(250_000)
    await pool.query(
      `insert into work_item (run_id, position, key, priority, state, message)
       select $1, 1, 'fat-' || n, 3, 'gap', $2 from generate_series(1, 10) n`,
      [runId, fat],
    )
    const quick = await listenTo('/events', own.url)
    for (let version = 100; version <= 110; version++) {
      await pool.query('update run set version = $2 where id = $1', [runId, version])
      await expect.poll(() => quick.last(runId)?.version).toBe(String(version))
    }
    socket.resume()
    await expect.poll(() => text).toContain('\nid: 110\n')
    const versions = [...text.matchAll(/\nid: (\d+)\n/g)].map((match) => Number(match[1]))
    expect(versions.length).toBeLessThan(8)
    expect(versions).toEqual([...versions].sort((a, b) => a - b))
  })
})
