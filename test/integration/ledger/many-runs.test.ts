import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readAllJobs, readJobs } from '#app/ledger/views/jobs.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { measuring } from '../../sql/rows-read.ts'

const MOST = 20
const EVERY_MINUTES = 15

/** Adds installations with a run every 15 minutes; the newest run of every tenth one is open, and every fifth one has long been idle. */
async function addHistories(db: Queryable, installations: number, days: number): Promise<void> {
  await db.query(
    `insert into installation (kind, external_id, account)
     select 'app', 'many:' || n, 'account-' || n from generate_series(1, $1::int) n`,
    [installations],
  )
  await db.query(
    `insert into run (installation_id, mode, trigger, state, started_at, finished_at)
     select i.id, 'incremental', 'schedule',
       case when i.id % 10 = 0 and n = $1::int * 96 then 'running' else 'finished' end,
       now() - ($1::int * 96 - n) * $2::int * interval '1 minute',
       case when i.id % 10 = 0 and n = $1::int * 96 then null
         else now() - ($1::int * 96 - n) * $2::int * interval '1 minute' end
     from generate_series(1, $1::int * 96) n, installation i
     where i.id % 5 <> 3 or n < 10`,
    [days, EVERY_MINUTES],
  )
  await db.query('analyze')
}

/**
 * Calls `read`, and expects each of its statements to read at most {@link MOST} rows for each job, besides the
 * small table of installations, which may be read as a whole.
 */
async function measured(
  pool: Queryable,
  installations: number,
  read: (db: Queryable) => Promise<Job[]>,
): Promise<Job[]> {
  const { db, readings } = measuring(pool)
  const jobs = await read(db)
  for (const one of readings)
    expect(one.read, one.statement).toBeLessThanOrEqual(2 * installations + MOST * jobs.length)
  return jobs
}

describeOnProfile('external', 'jobs of installations with a long history', () => {
  let opened: TestServices
  beforeAll(async () => {
    opened = await openTestServices()
  })
  afterAll(() => opened.close())

  test.each([
    { installations: 1, days: 90 },
    { installations: 20, days: 45 },
    { installations: 200, days: 5 },
  ])('$installations: are read by what they show, not by their history', async (size) => {
    const { pool } = opened.services.database
    await pool.query('truncate installation cascade')
    await addHistories(pool, size.installations, size.days)
    const jobs = await measured(pool, size.installations, (db) => readJobs(db, operatorScope()))
    expect(jobs).toHaveLength(size.installations)
    expect(jobs.every((job) => job.lastSyncAt !== null)).toBe(true)
    const runId = jobs[0]?.id ?? ''
    const [one] = await measured(pool, size.installations, (db) =>
      readJobs(db, operatorScope(), { runId }),
    )
    expect(one).toEqual(jobs[0])
    await measured(pool, size.installations, (db) =>
      readAllJobs(db, operatorScope(), { limit: 50 }),
    )
  })
})
