import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import pino from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Pool } from '#app/database/pool.server.ts'
import { startWeb, type Web } from '#server/web.ts'
import { startWorkers } from '#workers/index.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { QUICK, requestEverything, runEnded } from '../../support/ledger-checks.ts'
import {
  addInstallation,
  createEffects,
  rehearsalHandlers,
  seedOf,
} from '../../support/rehearsal.ts'
import { type Answer, send } from '../../support/send.ts'

const SIZE = { repositories: 2, pages: 2, perPage: 10 }

describeOnProfile('external', 'while a table is locked', () => {
  let opened: TestServices
  let web: Web
  let other: pg.Client
  const lines: { level: number; msg: string }[] = []

  beforeAll(async () => {
    opened = await openTestServices()
    const { services, environment } = opened
    await createEffects(services.database.pool)
    const write = (line: string) => void lines.push(JSON.parse(line))
    const logger = pino({ level: 'info' }, { write })
    web = await startWeb({ ...services, logger, config: { ...services.config, PORT: 0 } })
    other = new pg.Client({ connectionString: environment.DATABASE_URL })
    await other.connect()
  })
  afterAll(async () => {
    await other.end()
    await web.close()
    await opened.close()
  })

  async function timed(work: Promise<Answer>): Promise<Answer & { ms: number }> {
    const before = performance.now()
    const answer = await work
    return { ...answer, ms: performance.now() - before }
  }
  const ask = (path: string) => timed(send(`${web.url}${path}`))
  const origin = () => ({ origin: new URL(web.url).origin })

  test('30 searches are told to come back, and workers keep their leases', async () => {
    const { database } = opened.services
    const { pool } = database
    let claims = 0
    const installation = await addInstallation(database)
    const worker = await startWorkers({
      ...opened.services,
      handlers: rehearsalHandlers({ size: SIZE, visited: () => void claims++ }),
      initialItems: seedOf(SIZE),
      slots: { extraction: 4, transform: 4, embedding: 4 },
      timings: { ...QUICK, lease: 20_000, renew: 1_000, unclaimed: 5_000 },
    })
    // Settling notes the times of the repository, so each of these meets the lock.
    await other.query('begin; lock table repository in access exclusive mode')
    const { runId } = await requestEverything(database, installation)
    const searches = Array.from({ length: 30 }, () => ask('/api/v1/search?q=mooring'))
    const beats: number[] = []
    let claimedAtFirst = 0
    for (let look = 0; look < 3; look++) {
      await sleep(4_000)
      if (look === 0) claimedAtFirst = claims
      const [alive, ready] = await Promise.all([ask('/healthz'), ask('/readyz')])
      expect([alive.status, ready.status]).toEqual([200, 200])
      expect(Math.max(alive.ms, ready.ms)).toBeLessThan(1_500)
      beats.push(await newestBeat(pool))
    }
    expect(beats).toEqual([...new Set(beats)].sort((a, b) => a - b))
    for (const { status, headers, body, ms } of await Promise.all(searches)) {
      expect([status, headers['retry-after']]).toEqual([503, '5'])
      expect(JSON.parse(body).hint).toMatch(/^Try again/)
      expect(ms).toBeLessThan(4_000)
    }
    // Work that met the lock is tried again after a random wait, while the lock is still held.
    await vi.waitFor(() => expect(claims).toBeGreaterThan(claimedAtFirst), 30_000)
    await other.query('rollback')
    expect(await runEnded(pool, runId)).toBe('finished')
    await worker.close()
    const { rows } = await pool.query(
      'select sum(lost_leases)::int as lost, max(attempts) as attempts from work_item',
    )
    expect(rows).toEqual([{ lost: 0, attempts: 0 }])
    expect((await ask('/api/v1/search?q=mooring')).status).toBe(200)
    expect(lines.filter(({ level }) => level >= 50)).toEqual([])
  })

  test('pages, exports, tools and forms say so, and the log has no errors', async () => {
    const { database } = opened.services
    const installation = await addInstallation(database)
    lines.length = 0
    await other.query('begin; lock table repository, installation in access exclusive mode')
    const form = { ...origin(), 'content-type': 'application/x-www-form-urlencoded' }
    const body = `intent=sync&installation=${installation}`
    const answers = await Promise.all([
      ask('/'),
      ask('/search?q=mooring'),
      ask(`/installations/${installation}/settings`),
      ask('/api/v1/repositories'),
      ask('/api/v1/export/pulls'),
      timed(send(`${web.url}/?index`, form, 'POST', body)),
      timed(send(`${web.url}/api/v1/repositories/a/b`, origin(), 'DELETE')),
    ])
    await other.query('rollback')
    for (const { status, headers, body, ms } of answers) {
      expect([status, headers['retry-after']]).toEqual([503, '5'])
      expect(body).toContain('Another task locks what this needs')
      expect(ms).toBeLessThan(8_000)
    }
    expect(lines.filter(({ level }) => level >= 50)).toEqual([])
  })
})

async function newestBeat({ query }: Pool): Promise<number> {
  const { rows } = await query<{ at: Date }>('select max(heartbeat_at) as at from worker')
  return Number(rows[0]?.at)
}
