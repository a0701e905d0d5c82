import { countOldEntries, deleteOldEntries } from '#app/audit/delete-old-entries.ts'
import { deleteOldSessions } from '#app/auth/sessions.server.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { deleteOldSums } from '#app/ledger/hourly-sums.ts'
import { forgetAbsentPeople } from '#app/sign-in/forget-people.ts'
import { countOutdatedRecords, deleteOutdatedRecords } from './retention.ts'

const BATCH = 500
const DAY = 24 * 3_600_000

/** How long data is kept, in milliseconds: that of ended runs, and the audit log. */
export interface Retention {
  items: number
  runs: number
  audit: number
}

export function retentionOf({ AUDIT_DAYS }: Pick<Config, 'AUDIT_DAYS'>): Retention {
  return { items: ITEMS_KEPT, runs: 90 * DAY, audit: AUDIT_DAYS * DAY }
}
export const ITEMS_KEPT = 7 * DAY

/** How long deliveries of webhooks are listed. */
const DELIVERIES = 30 * DAY

export interface CleanupResult {
  items: number
  runs: number
  workers: number
  deliveries: number
  records: number
  auditEntries: number
}

interface Category {
  table: 'work_item' | 'worker' | 'delivery'
  where: string
}

// Items of runs that nobody can retry any more; the counters keep their totals as statistics.
const SETTLED_ITEMS: Category = {
  table: 'work_item',
  where: `run_id in (select id from run where state in ('finished', 'cancelled')
    and finished_at < now() - $1 * interval '1 millisecond')`,
}
// No foreign key ties items to their run, so this also finds items whose installation was deleted.
const ORPHANS: Category = {
  table: 'work_item',
  where: `created_at < now() - $1 * interval '1 millisecond'
    and not exists (select from run where run.id = work_item.run_id)`,
}
const OLD_DELIVERIES: Category = {
  table: 'delivery',
  where: `state <> 'pending' and received_at < now() - $1 * interval '1 millisecond'`,
}
const DEAD_WORKERS: Category = {
  table: 'worker',
  where: `heartbeat_at < now() - $1 * interval '1 millisecond'`,
}

/**
 * Deletes, in batches, data that is older than the retention. An abort of `signal` takes effect between two
 * batches.
 *
 * @returns the number of rows deleted (or counted, in a dry run) per category.
 */
export async function cleanUp(
  pool: Pool,
  retention: Retention,
  options: { dryRun?: boolean; signal?: AbortSignal } = {},
): Promise<CleanupResult> {
  const { dryRun, signal } = options
  // Records come before runs, because a run that still has records is kept.
  const records = await (dryRun ? countOutdatedRecords(pool) : deleteOutdatedRecords(pool, signal))
  const work = (category: Category, age: number) =>
    dryRun ? countExpired(pool, category, age) : deleteExpired(pool, category, age, signal)
  const old = dryRun
    ? await countRuns(pool, retention.runs)
    : await deleteRuns(pool, retention, signal)
  if (!dryRun) await deleteOldSums(pool)
  if (!dryRun) await deleteOldSessions(pool)
  if (!dryRun) await forgetAbsentPeople(pool)
  const settled = await work(SETTLED_ITEMS, Math.min(retention.items, retention.runs))
  return {
    items: old.items + settled + (await work(ORPHANS, DAY)),
    runs: old.runs,
    workers: await work(DEAD_WORKERS, DAY),
    deliveries: await work(OLD_DELIVERIES, Math.min(DELIVERIES, retention.runs)),
    records,
    auditEntries: dryRun
      ? await countOldEntries(pool, retention.audit)
      : await deleteOldEntries(pool, retention.audit, signal),
  }
}

/** Cleans up once a day. Every worker calls this every minute; the first one of the day does the work. */
export async function cleanUpNightly(
  pool: Pool,
  retention: Retention,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  const { rowCount } = await pool.query(
    `insert into setting (key, value) values ('cleanup.last', to_jsonb(current_date))
     on conflict (key) do update set value = excluded.value, updated_at = now()
     where setting.value <> excluded.value`,
  )
  if (rowCount === 0) return
  const deleted = await cleanUp(pool, retention, { signal })
  if (Object.values(deleted).some(Boolean)) logger.info(deleted, 'old records were deleted')
}

async function countExpired(pool: Pool, { table, where }: Category, age: number): Promise<number> {
  const sql = `select count(*)::int as found from ${table} where ${where}`
  return (await pool.query<{ found: number }>(sql, [age])).rows[0]?.found ?? 0
}

async function deleteExpired(
  pool: Pool,
  { table, where }: Category,
  age: number,
  signal?: AbortSignal,
): Promise<number> {
  const sql = `delete from ${table} where id in (select id from ${table} where ${where} limit $2)`
  let deleted = 0
  for (;;) {
    signal?.throwIfAborted()
    const { rowCount } = await pool.query(sql, [age, BATCH])
    deleted += rowCount ?? 0
    if ((rowCount ?? 0) < BATCH) return deleted
  }
}

/** Webhooks start a refresh every few seconds; one without a fault is of no interest after a day. */
const OLD_RUNS = `finished_at < now() - interval '1 millisecond'
  * case when run.mode = 'targeted' and run.state = 'finished' then least($1::float8, ${DAY}) else $1 end`

interface OldRuns {
  runs: number
  items: number
}

async function countRuns(pool: Pool, age: number): Promise<OldRuns> {
  const { rows } = await pool.query<OldRuns>(
    `select count(*)::int as runs, coalesce(sum((
       select count(*) from work_item where run_id = run.id and state in ('failed', 'gap'))), 0)::int
       as items
     from run where ${OLD_RUNS}`,
    [age],
  )
  return rows[0] ?? { runs: 0, items: 0 }
}

/**
 * Detaches the snapshots of old runs, which outlive them, in batches: the delete of a run would otherwise
 * change all of them at once.
 */
async function detachSnapshots(
  pool: Pool,
  retention: Retention,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted()
    const { rowCount } = await pool.query(
      `update snapshot set repository_sync_id = null where id in (
         select s.id from run join repository_sync y on y.run_id = run.id
           join snapshot s on s.repository_sync_id = y.id
         where ${OLD_RUNS} limit $2)`,
      [retention.runs, BATCH],
    )
    if (rowCount < BATCH) return
  }
}

/** Deletes runs and their items in batches, under the lock of the run so that nobody retries it meanwhile. */
async function deleteRuns(
  pool: Pool,
  retention: Retention,
  signal?: AbortSignal,
): Promise<OldRuns> {
  const deleted = { runs: 0, items: 0 }
  await detachSnapshots(pool, retention, signal)
  for (;;) {
    signal?.throwIfAborted()
    const { rows } = await pool.query<OldRuns & { found: boolean }>(
      `with old as (
         select id from run where ${OLD_RUNS}
         order by id limit 1 for update skip locked
       ), items as (
         delete from work_item where id in (
           select w.id from work_item w join old on old.id = w.run_id limit $2) returning 1
       ), gone as (
         delete from run using old
         where run.id = old.id and (select count(*) from items) < $2 returning 1
       )
       select exists (select from old) as found, (select count(*)::int from items) as items,
         (select count(*)::int from gone) as runs`,
      [retention.runs, BATCH],
    )
    if (!rows[0]?.found) return deleted
    deleted.runs += rows[0].runs
    deleted.items += rows[0].items
  }
}
