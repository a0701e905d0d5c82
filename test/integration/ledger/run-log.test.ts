import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { recover } from '#app/ledger/batches.ts'
import { cancelRun, retryRun } from '#app/ledger/decisions.ts'
import { requestRun } from '#app/ledger/runs.ts'
import { type LogEntry, type LogPage, readLog } from '#app/ledger/views/run-log.ts'
import { searchLog } from '#app/ledger/views/search-log.ts'
import type { WorkerProcess } from '#workers/index.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import {
  EVERYTHING,
  requestEverything,
  runEnded,
  startRehearsal,
} from '../../support/ledger-checks.ts'
import {
  addInstallation,
  createEffects,
  type RehearsalSize,
  type Troubles,
} from '../../support/rehearsal.ts'
import { viewerOf } from '../../support/viewer-of.ts'

vi.setConfig({ testTimeout: 60_000 })

const SIZE: RehearsalSize = { repositories: 1, pages: 1, perPage: 3 }
const NOTHING: RehearsalSize = { repositories: 0, pages: 0, perPage: 0 }
const PULLS = 'github_prs_commits_reviews_comments'

let opened: TestServices
let db: TestServices['services']['database']['pool']
let installation: string
let workers: WorkerProcess[]

beforeEach(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  await createEffects(db)
  installation = await addInstallation(opened.services.database)
  workers = []
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()))
  await opened.close()
})

async function work(size: RehearsalSize, trouble: Troubles = {}): Promise<void> {
  workers.push(await startRehearsal(opened.services, { size, trouble }))
}

async function log(runId: string, page: Partial<LogPage> = {}): Promise<LogEntry[]> {
  return (await readLog(db, operatorScope(), { runId, limit: 500, ...page })).entries
}

const messages = (entries: LogEntry[]) => entries.map(({ message }) => message)

/** Makes a batch whose worker died, of the only item of a new run. */
async function loseLease(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `insert into work_item (run_id, position, key, payload, priority) values ($1, 4, 'lost', '{}', 3)`,
    [runId],
  )
  await tx.query(
    `insert into batch (run_id, position, priority, items, weight, state, until)
     select run_id, position, priority, array[id], 1, 'running', now() from work_item where key = 'lost'`,
  )
}

test('the log tells who asked, the stages with their totals, failures by name, and the end', async () => {
  const by = { trigger: 'manual', actor: 'token nightly' } as const
  const { runId } = await requestRun(db, installation, by, EVERYTHING)
  await requestRun(db, installation, 'schedule', EVERYTHING)
  await requestRun(db, installation, 'schedule', EVERYTHING)
  const trouble: Troubles = {
    [`${PULLS}/transform/pull-request:0:0:0`]: 'fail',
    [`${PULLS}/transform/pull-request:0:0:1`]: 'gap',
  }
  await work(SIZE, trouble)
  expect(await runEnded(db, runId)).toBe('failed')
  const entries = await log(runId)
  expect(messages(entries).slice(0, 3)).toEqual([
    'Requested by token nightly',
    'Also requested by the schedule, 2 times',
    'Started: full sync, because of a person',
  ])
  expect(messages(entries)).toContain(
    'Transform of PRs, Commits, Reviews & Comments ended: 1 work item done, 1 failed, 1 gap',
  )
  expect(messages(entries)).toContain('Extraction of GitHub Repositories began')
  const gap = 'Left out as a gap: pull-request:0:0:1: the rehearsal gave nothing'
  expect(messages(entries)).toContain(gap)
  expect(messages(entries).at(-1)).toBe('Failed')
  expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort())

  const grave = await log(runId, { level: 'error' })
  expect(grave.every(({ level }) => level === 'error')).toBe(true)
  expect(grave.map(({ kind }) => kind)).toEqual(['failed', 'stage_ended', 'ended'])

  for (const item of Object.keys(trouble)) delete trouble[item]
  await retryRun(db, runId, 'operator')
  expect(await runEnded(db, runId)).toBe('finished')
  const later = messages(await log(runId, { after: entries.at(-1)?.id }))
  expect(later[0]).toBe('Retry requested by operator: 2 work items')
  expect(later.at(-1)).toBe('Finished')
})

test('pages follow one another without a gap, whatever their size', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  await work(SIZE, { [`${PULLS}/transform/pull-request:0:0:0`]: 'gap' })
  await runEnded(db, runId)
  const paged: LogEntry[] = []
  for (let after: string | undefined; ; ) {
    const page = await readLog(db, operatorScope(), { runId, after, limit: 2 })
    paged.push(...page.entries)
    if (!page.next) break
    after = page.next
  }
  expect(paged).toEqual(await log(runId))
})

test('pages lead back to where they came from, with a filter or without', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  await work(SIZE, { [`${PULLS}/transform/pull-request:0:0:0`]: 'gap' })
  await runEnded(db, runId)
  for (const text of ['', 'ENDED']) {
    const search = (edge: Partial<LogPage>) =>
      searchLog(db, operatorScope(), { runId, text, limit: 2, ...edge })
    const pages = [await search({})]
    for (let next = pages[0]?.next; next; next = pages.at(-1)?.next)
      pages.push(await search({ after: next }))
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.flatMap(({ entries }) => entries)).toEqual(
      (await log(runId)).filter(({ message }) => message.toUpperCase().includes(text)),
    )
    for (const [index, page] of pages.entries()) {
      if (index === 0) expect(page.previous).toBeNull()
      else
        expect((await search({ before: page.previous as string })).entries).toEqual(
          pages[index - 1]?.entries,
        )
    }
  }
})

test('a pause is one entry with its reason, when it began and how long it was', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  await work(SIZE, { 'pull-request:0:0:1': 'snooze-once' })
  expect(await runEnded(db, runId)).toBe('finished')
  const entries = await log(runId, { level: 'warning' })
  const paused = entries.filter(({ kind }) => kind === 'paused')
  expect(paused).toHaveLength(1)
  expect(paused[0]?.message).toMatch(/^Paused for \d s(, \d times in a row)?: /)
  expect(entries.map(({ kind }) => kind)).toContain('waited')
})

test('retries with the same message are one entry that counts them', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  const keys = ['pull-request:0:0:0', 'pull-request:0:0:1']
  await work(
    SIZE,
    Object.fromEntries(keys.map((key) => [`${PULLS}/transform/${key}`, 'retry-once'])),
  )
  expect(await runEnded(db, runId)).toBe('finished')
  const retried = (await log(runId)).filter(({ kind }) => kind === 'retried')
  expect(retried.map(({ times }) => times)).toEqual([2])
})

test('a worker that died and a cancellation are told, with who cancelled', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  await loseLease(db, runId)
  await recover(db)
  await cancelRun(db, runId, 'cli ada')
  expect(messages(await log(runId, { level: 'warning' }))).toEqual([
    'A worker stopped in the middle of its work (Extraction of PRs, Commits, Reviews & Comments): 1 work item went to others',
    'Cancelled by cli ada',
  ])
})

test('items that failed are not told where names are not, nor of an installation that left', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  await work(SIZE, { [`${PULLS}/transform/pull-request:0:0:0`]: 'gap' })
  await runEnded(db, runId)
  const isNamed = ({ message }: LogEntry) => message.includes('pull-request:0:0:0')
  expect((await log(runId)).some(isNamed)).toBe(true)
  const mine = await readLog(db, await viewerOf(db, installation), { runId, limit: 99 })
  expect(mine.entries.length).toBeGreaterThan(0)
  expect(mine.entries.some(isNamed)).toBe(false)
  await db.query(`update installation set active = false, inactive_reason = 'uninstalled'`)
  const left = await log(runId)
  expect([left.length > 0, left.some(isNamed)]).toEqual([true, false])
})

test('a run records a bounded number of single items', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  await db.query(
    `insert into run_event (run_id, kind, level, position)
     select $1, 'gap', 'warning', 5 from generate_series(1, 1000)`,
    [runId],
  )
  await work(SIZE, { '*': 'gap' })
  await runEnded(db, runId)
  const { rows } = await db.query<{ found: number }>(
    `select count(*)::int as found from run_event where run_id = $1 and kind = 'gap'`,
    [runId],
  )
  expect(rows[0]?.found).toBe(1_000)
  expect(messages(await log(runId, { limit: 2_000 })).at(-1)).toBe('Finished with gaps')
})

test('the log goes with its run', async () => {
  const { runId } = await requestEverything(opened.services.database, installation)
  await work(NOTHING)
  await runEnded(db, runId)
  await db.query('delete from run where id = $1', [runId])
  expect(await log(runId)).toEqual([])
  expect((await db.query('select from run_event')).rowCount).toBe(0)
})
