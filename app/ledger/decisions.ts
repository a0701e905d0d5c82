/** Decisions of people about an existing run: cancel it, or retry what failed or waits. */

import { setTimeout } from 'node:timers/promises'
import { type Actor, recordRun } from '#app/audit/record-entry.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isActiveRun, isOpenRun, isSync } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { markPauses } from './pauses.ts'
import { noteProgress } from './progress.ts'
import { skipEnded } from './run-clock.ts'
import { noteDecision } from './run-events.ts'
import { holdInstallation } from './runs.ts'

const BATCH = 500

/**
 * Ends a run immediately and permanently: none of its items is handed out, claimed or settled any more. A
 * worker that holds one of its batches learns this at the next lease renewal, or when its write is rejected.
 */
export async function cancelRun(
  pool: Pool,
  runId: string,
  actor: Actor | null = null,
): Promise<void> {
  await transaction(pool, async (tx) => {
    // Before the stages close, because afterwards they no longer say whether the total was known.
    await noteProgress(tx, runId)
    const { rowCount } = await tx.query(
      `update run set state = 'cancelled', finished_at = clock_timestamp(), paused_until = null,
         last_job_item_at = clock_timestamp(), version = version + 1
       where id = $1 and ${isOpenRun('run')}`,
      [runId],
    )
    if (rowCount !== 1)
      throw await refusedDecision(tx, runId, 'is not open, so it cannot be cancelled')
    await tx.query(
      `update stage set cancelled = cancelled + open,
         first_item_at = coalesce(first_item_at, clock_timestamp()),
         last_item_at = coalesce(last_item_at, clock_timestamp())
       where run_id = $1`,
      [runId],
    )
    await noteDecision(tx, runId, 'cancelled', { actor })
    await recordRun(tx, runId, { actor, action: 'job.cancelled' })
  })
  await markCancelled(pool, runId)
}

/**
 * Marks the items that the counters already show as cancelled, in batches. Rows that a settling transaction
 * has locked are skipped until it is rejected, because the run has ended. Rows left unmarked by a crash are
 * never handed out either, and cleanup deletes them.
 */
async function markCancelled(pool: Pool, runId: string): Promise<void> {
  for (let idle = 0; idle < 100; ) {
    const { rows } = await pool.query<{ marked: number; left: boolean }>(
      `with leftover as (
         select id from work_item where run_id = $1 and state = 'pending'
         order by position, priority, id limit $2 for update skip locked
       ), marked as (
         update work_item w
         set state = 'cancelled', settled_at = clock_timestamp()
         from leftover where w.id = leftover.id returning w.id)
       select (select count(*)::int from marked) as marked, exists (
         select from work_item where run_id = $1 and state = 'pending'
           and id not in (select id from marked)) as left`,
      [runId, BATCH],
    )
    if (!rows[0]?.left) return
    if (rows[0].marked > 0) continue
    idle++
    await setTimeout(20)
  }
}

/**
 * Reopens the failed items and gaps of a run that has ended, and nothing else. Of an open run, it ends the waits
 * of items for another attempt or for the embedding provider; a rate limit of GitHub stays in force.
 *
 * @returns the number of items that are retried.
 * @throws OperatorError if there is nothing to retry, or not now.
 */
export async function retryRun(
  pool: Pool,
  runId: string,
  actor: Actor | null = null,
): Promise<number> {
  return transaction(pool, async (tx) => {
    await refuseBesideAnother(tx, runId)
    const items = (await endWaits(tx, runId)) ?? (await reopenSettled(tx, runId))
    await noteDecision(tx, runId, 'reopened', { actor, facts: { items } })
    await recordRun(tx, runId, { actor, action: 'job.retried', details: { items } })
    return items
  })
}

/** @returns null if the run is not in progress. */
async function endWaits(tx: Queryable, runId: string): Promise<number | null> {
  const { rows } = await tx.query<{ ended: number; limitedUntil: Date | null }>(
    `with waiting as (
       select id, reason, not_before from work_item
       where run_id = $1 and state = 'pending' and reason is not null
         and not_before > clock_timestamp() for update
     ), ended as (
       update work_item w set not_before = clock_timestamp(), attempts = 0
       from waiting where w.id = waiting.id and waiting.reason <> 'rate_limit' returning w.id)
     select (select count(*)::int from ended) as ended,
       min(not_before) filter (where reason = 'rate_limit') as limited_until
     from waiting`,
    [runId],
  )
  const { rowCount } = await tx.query(
    `update run set version = version + 1 where id = $1 and ${isActiveRun('run')}`,
    [runId],
  )
  if (rowCount !== 1) return null
  const { ended = 0, limitedUntil = null } = rows[0] ?? {}
  if (ended > 0) {
    await markPauses(tx, runId)
    return ended
  }
  if (!limitedUntil) throw await refusedDecision(tx, runId, 'has nothing to retry')
  throw new OperatorError(
    `Job ${runId} waits for the rate limit of GitHub, which is in force until ${limitedUntil.toISOString()}`,
    'It goes on by itself then.',
  )
}

async function reopenSettled(tx: Queryable, runId: string): Promise<number> {
  const { rowCount } = await tx.query(
    `update run set state = 'running', finished_at = null, last_job_item_at = null,
       version = version + 1
     where id = $1 and state in ('failed', 'finished_with_gaps')`,
    [runId],
  )
  if (rowCount !== 1) throw await refusedDecision(tx, runId, 'has nothing to retry')
  await skipEnded(tx, runId)
  const { rows } = await tx.query<{ position: number; failed: number; gaps: number }>(
    `with old as (
       select id, position, state from work_item
       where run_id = $1 and state in ('failed', 'gap') for update
     ), reopened as (
       update work_item w
       set state = 'pending', reread = true, attempts = 0, lost_leases = 0, reason = null,
         message = null, detail = null, subject = null, settled_at = null, not_before = clock_timestamp()
       from old where w.id = old.id returning old.position, old.state)
     select position, (count(*) filter (where state = 'failed'))::int as failed,
       (count(*) filter (where state = 'gap'))::int as gaps
     from reopened group by position`,
    [runId],
  )
  if (rows.length === 0)
    throw new OperatorError(
      `The failed items of job ${runId} have been deleted by cleanup`,
      'Request a new one instead.',
    )
  await reopenStages(tx, runId, rows)
  return rows.reduce((sum, row) => sum + row.failed + row.gaps, 0)
}

async function reopenStages(
  tx: Queryable,
  runId: string,
  reopened: { position: number; failed: number; gaps: number }[],
): Promise<void> {
  const positions = reopened.map((row) => row.position)
  await tx.query(
    `update stage s
     set failed = s.failed - coalesce(r.failed, 0), gaps = s.gaps - coalesce(r.gaps, 0),
       last_item_at = null
     from stage own left join unnest($2::smallint[], $3::int[], $4::int[])
       as r (position, failed, gaps) on r.position = own.position
     where own.run_id = $1 and s.run_id = own.run_id and s.position = own.position
       and (r.position is not null or s.upstream && $2::smallint[])`,
    [runId, positions, reopened.map((row) => row.failed), reopened.map((row) => row.gaps)],
  )
}

async function refuseBesideAnother(tx: Queryable, runId: string): Promise<void> {
  const run = await tx.query<{ installationId: string }>(
    'select installation_id from run where id = $1',
    [runId],
  )
  if (run.rows[0]) await holdInstallation(tx, run.rows[0].installationId)
  const { rows } = await tx.query<{ id: string }>(
    `select o.id from run o join run r using (installation_id)
     where r.id = $1 and ${isSync('r')} and ${isSync('o')} and o.id <> r.id
       and ${isActiveRun('o')}`,
    [runId],
  )
  if (rows[0])
    throw new OperatorError(
      `Job ${rows[0].id} is running for the same installation`,
      'Retry when it has ended; it may have read what failed here.',
    )
  await refuseReplaced(tx, runId)
}

/** Of jobs for one ref, a later one removes what an earlier one that did not end has written. */
async function refuseReplaced(tx: Queryable, runId: string): Promise<void> {
  const { rows } = await tx.query<{ id: string; isActive: boolean }>(
    `select o.id, ${isActiveRun('o')} as is_active
     from ingest mine join ingest other using (ref_id) join run o on o.id = other.run_id
     where mine.run_id = $1 and o.id <> mine.run_id
       and (${isActiveRun('o')} or o.id > mine.run_id and o.started_at is not null
         and mine.generation is not null)
     order by is_active desc, o.id desc limit 1`,
    [runId],
  )
  const [other] = rows
  if (other?.isActive)
    throw new OperatorError(
      `Job ${other.id} is running for the same branch`,
      'Retry when it has ended; it may have ingested what failed here.',
    )
  if (other)
    throw new OperatorError(
      `Job ${other.id} has replaced what job ${runId} had written`,
      'Request a new one instead.',
    )
}

async function refusedDecision(tx: Queryable, runId: string, why: string): Promise<OperatorError> {
  const { rows } = await tx.query<{ state: string }>('select state from run where id = $1', [runId])
  return rows[0]
    ? new OperatorError(`Job ${runId} is ${rows[0].state}: it ${why}`, 'See `whence status`.')
    : new OperatorError(`There is no job ${runId}`, '`whence status` lists the jobs.')
}
