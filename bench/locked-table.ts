import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startStandIn } from '#test/github/stand-in.ts'
import { setup } from '#test/services/global-setup.ts'
import { cloneDatabase } from '#test/services/setup.ts'
import { makeFolder, startWhence } from '#test/services/whence.ts'
import { send } from '#test/support/send.ts'
import { atMost, type Figure, none, table } from './sync/figures.ts'

/**
 * Measures a table locked for 30 s (`LOCK_SECONDS`) while 30 searches wait, on the real server with its workers, in
 * the middle of a sync: who is answered meanwhile, and whether a worker loses its work.
 *
 *   npm run bench:locked-table     uses a new database on the server of DATABASE_URL; run `npm run build` first
 */
const SECONDS = Number(process.env.LOCK_SECONDS ?? 30)
const SEARCHES = 30
const PULLS = 1_500
const LOOK_MS = 250

interface Seen {
  /** Longest answers of the health, in milliseconds, and those other than 200. */
  slowest: Record<string, number>
  refused: number
  /** Age of the oldest heartbeat, and the shortest rest of a lease, in seconds. */
  beatAge: number
  leaseLeft: number
}

async function main(): Promise<void> {
  await setup()
  const { environment, drop } = await cloneDatabase()
  const until = new Date('2026-01-01T00:00:00Z')
  const source = { kind: 'generated', login: 'acme', pulls: PULLS, until } as const
  const standIn = await startStandIn({ sources: [source] })
  const { folder, remove } = await makeFolder()
  const whence = startWhence(['serve', '--work', '--migrate'], {
    ...environment,
    REDIS_URL: process.env.REDIS_URL,
    DATA_DIR: folder,
    GITHUB_API_URL: standIn.url,
    GITHUB_TOKEN: standIn.personalToken,
    SYNC_HISTORY: 'all',
    LOG_LEVEL: 'info',
  })
  const other = new pg.Client({ connectionString: environment.DATABASE_URL })
  await other.connect()
  try {
    const [, url = ''] = /(http:\/\/\S+:\d+)/.exec(await whence.says(/http:\/\/\S+:\d+/)) ?? []
    await beginSync(url, other)
    const figures = await lockAndLook(url, other)
    const run = await endOfRun(other)
    whence.child.kill('SIGTERM')
    const { stderr } = await whence.ended
    const errors = stderr.split('\n').filter((line) => line.includes('"level":50')).length
    const ended = { ...none(`lost leases (run: ${run.state})`, run.lost) }
    console.log(
      table([...figures, ended, none('failed items', run.failed), none('error lines', errors)]),
    )
  } finally {
    whence.child.kill('SIGTERM')
    await whence.ended
    await other.end()
    await standIn.stop()
    await drop()
    await remove()
  }
}

/** Asks for a sync of everything and waits until a part of it is stored. */
async function beginSync(url: string, db: pg.Client): Promise<void> {
  const headers = { origin: url, 'content-type': 'application/json' }
  const body = JSON.stringify({ mode: 'full', repositories: ['acme/*'] })
  for (;;) {
    const { status } = await send(`${url}/api/v1/jobs`, headers, 'POST', body)
    if (status === 202) break
    await sleep(500)
  }
  while (Number(await readValue(db, 'select count(*) from pull_request')) < 200) await sleep(200)
}

async function lockAndLook(url: string, db: pg.Client): Promise<Figure[]> {
  await db.query('begin; lock table repository in access exclusive mode')
  const unlocked = sleep(SECONDS * 1_000)
  const searches = Promise.all(
    Array.from({ length: SEARCHES }, () => ask(`${url}/api/v1/search?q=fix`)),
  )
  const seen: Seen = { slowest: {}, refused: 0, beatAge: 0, leaseLeft: Number.POSITIVE_INFINITY }
  let isOver = false
  void unlocked.then(() => {
    isOver = true
  })
  while (!isOver) await look(url, db, seen)
  await db.query('rollback')
  const answers = await searches
  const told = answers.filter(({ status, again }) => status === 503 && again)
  const longest = Math.max(...answers.map(({ ms }) => ms)) / 1_000
  return [
    none('searches not told to come back', answers.length - told.length),
    atMost('longest search, s', longest, { must: 4, aim: 3 }),
    ...Object.entries(seen.slowest).map(([path, ms]) =>
      atMost(`slowest ${path}, ms`, ms, { must: 1_000, aim: 250, digits: 0 }),
    ),
    none('answers of the health other than 200', seen.refused),
    atMost('oldest heartbeat, s', seen.beatAge, { must: 25, aim: 15 }),
    { ...atMost('', 0, { must: 0, aim: 0 }), ...leaseFigure(seen.leaseLeft) },
  ]
}

function leaseFigure(left: number): Partial<Figure> {
  const measured = Number.isFinite(left) ? left.toFixed(1) : 'no batch was held'
  const met = left >= 10 ? 'aim' : left > 0 ? 'must' : 'no'
  return { what: 'shortest rest of a lease, s', must: '> 0', aim: '≥ 10', measured, met }
}

async function look(url: string, db: pg.Client, seen: Seen): Promise<void> {
  const paths = ['/healthz', '/readyz']
  const answers = await Promise.all(paths.map((path) => ask(url + path)))
  for (const [index, { status, ms }] of answers.entries()) {
    const path = paths[index] as string
    seen.slowest[path] = Math.max(seen.slowest[path] ?? 0, ms)
    if (status !== 200) seen.refused++
  }
  const { rows } = await db.query(
    `select (select extract(epoch from clock_timestamp() - max(heartbeat_at))::float8 from worker) as age,
       (select extract(epoch from min(until) - clock_timestamp())::float8 from batch
        where state = 'running') as rest`,
  )
  seen.beatAge = Math.max(seen.beatAge, rows[0].age)
  seen.leaseLeft = Math.min(seen.leaseLeft, rows[0].rest ?? Number.POSITIVE_INFINITY)
  await sleep(LOOK_MS)
}

async function ask(address: string) {
  const before = performance.now()
  const { status, headers } = await send(address, {})
  return { status, again: headers['retry-after'] !== undefined, ms: performance.now() - before }
}

async function endOfRun(db: pg.Client): Promise<{ state: string; lost: number; failed: number }> {
  while (
    await readValue(
      db,
      "select 1 from run where state not in ('finished', 'failed', 'cancelled', 'finished_with_gaps') limit 1",
    )
  )
    await sleep(500)
  const { rows } = await db.query(
    `select (select string_agg(distinct state, ', ') from run) as state,
       (select coalesce(sum(lost_leases), 0)::int from work_item) as lost,
       (select count(*)::int from work_item where state = 'failed') as failed`,
  )
  return rows[0]
}

async function readValue(db: pg.Client, sql: string): Promise<unknown> {
  const { rows } = await db.query({ text: sql, rowMode: 'array' })
  return rows[0]?.[0]
}

await main()
