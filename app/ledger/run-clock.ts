/** The clock of runs: shares out wall time among what a run was doing, and notes how far its stages were. */
import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'

/**
 * The longest interval that is shared out. It is told about once a second; what a run did while nobody told, as
 * while every process was down, is not known.
 */
const LONGEST_MS = 5_000

/** How long minutes are kept: pages show the last hour. */
const KEPT = '2 hours'

/** What has passed is shared out in this order, which is that of `run_clock.spent_ms`. */
const BUSY = ['github', 'storing', 'transform', 'embedding'] as const
const IDLE = ['queued', 'paused', 'retrying'] as const

/** On `run`: its time is not told up to now, or to its end. */
function isToTell(run: string): string {
  return `(${isActiveRun(run)} or ${run}.finished_at > clock_timestamp() - interval '1 hour' and not exists (
    select from run_clock told where told.run_id = ${run}.id and told.told_at >= ${run}.finished_at))`
}

/**
 * Tells the time of all runs up to now, or to their end. Called every second.
 *
 * What has passed since it was last told is shared out by the time that workers spent meanwhile on batches, those in
 * hand included: all of it if several batches at once filled it, else each as much as it took. The rest is idle time:
 * work was queued if some is due, and else paused by a limit or waiting for another attempt.
 *
 * Whoever tells the same run at the same moment is passed by.
 */
export async function tellTime(db: Queryable): Promise<void> {
  await db.query(
    `insert into run_clock (run_id, told_at)
     select r.id, r.started_at from run r
     where r.started_at is not null and ${isToTell('r')}
       and not exists (select from run_clock c where c.run_id = r.id)
     order by r.id on conflict do nothing`,
  )
  await noteMinutes(db)
  await db.query(
    `with held as materialized (
       select c.run_id, c.told_at, c.spent_ms, coalesce(r.finished_at, clock_timestamp()) as moment
       from run_clock c join run r on r.id = c.run_id where ${isToTell('r')}
       order by c.run_id for update of c skip locked
     ), look as (
       select held.run_id, held.moment, spent.all_ms,
         case when passed.ms <= $1::float8 then passed.ms else 0 end as passed,
         array(select greatest(0, k.ms - held.spent_ms[k.part])
           from unnest(spent.all_ms) with ordinality k (ms, part) order by k.part) as busy,
         ${idleKind('held')} as kind
       from held cross join lateral (
         select greatest(0, extract(epoch from held.moment - held.told_at) * 1000)::float8 as ms
       ) passed cross join lateral (
         select array[
           coalesce(sum(s.github_ms + case when s.stage = 'extraction' then hand.ms else 0 end), 0),
           coalesce(sum(s.working_ms) filter (where s.stage = 'extraction'), 0),
           coalesce(sum(s.working_ms + hand.ms) filter (where s.stage = 'transform'), 0),
           coalesce(sum(s.working_ms + hand.ms) filter (where s.stage = 'embedding'), 0)] as all_ms
         from stage s cross join lateral (
           select coalesce(sum(extract(epoch from held.moment - b.claimed_at) * 1000), 0)::float8 as ms
           from batch b where b.run_id = s.run_id and b.position = s.position and b.state = 'running') hand
         where s.run_id = held.run_id) spent
     ), shared as (
       select look.run_id, look.moment, look.all_ms, look.kind, look.busy,
         case when sum.ms > look.passed then look.passed / sum.ms else 1 end as scale,
         greatest(0, look.passed - sum.ms) as idle
       from look cross join lateral (select sum(k.ms) as ms from unnest(look.busy) k (ms)) sum
     )
     update run_clock c
     set told_at = k.moment, spent_ms = k.all_ms,
       ${BUSY.map((part, index) => `${part}_ms = c.${part}_ms + k.busy[${index + 1}] * k.scale`)},
       ${IDLE.map((part) => `${part}_ms = c.${part}_ms + case when k.kind = '${part}' then k.idle else 0 end`)}
     from shared k where c.run_id = k.run_id`,
    [LONGEST_MS],
  )
}

/** Returns the SQL of what the run of a clock does while no worker has anything of it in hand: one of `IDLE`. */
function idleKind(clock: string): string {
  const pending = `work_item w where w.run_id = ${clock}.run_id and w.state = 'pending'`
  return `case when exists (select from ${pending} and (w.reason is null or w.not_before <= ${clock}.moment))
    then 'queued' else coalesce((
      select case when w.reason in ('rate_limit', 'provider') then 'paused' else 'retrying' end
      from ${pending} and w.reason is not null order by w.not_before limit 1), 'queued') end`
}

/** Writes nothing for a run whose minute is noted. */
async function noteMinutes(db: Queryable): Promise<void> {
  await db.query(
    `insert into stage_minute (installation_id, minute, run_id, position, settled)
     select r.installation_id, tick.minute, r.id, s.position, s.done + s.failed + s.gaps
     from (select date_trunc('minute', clock_timestamp()) as minute) tick cross join run r
       join stage s on s.run_id = r.id
     where ${isToTell('r')} and not exists (select from stage_minute m
       where m.installation_id = r.installation_id and m.minute = tick.minute and m.run_id = r.id)
     order by r.id, s.position on conflict do nothing`,
  )
}

/** Leaves the time between the end of a run and its reopening out of its time. */
export async function skipEnded(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `update run_clock set told_at = clock_timestamp(),
       ended_ms = ended_ms + extract(epoch from clock_timestamp() - told_at) * 1000
     where run_id = $1`,
    [runId],
  )
}

/** Deletes old minutes, a bounded number at a time; called more often than they grow old. */
export async function deleteOldMinutes(db: Queryable): Promise<void> {
  await db.query(
    `delete from stage_minute where ctid = any(array(
       select ctid from stage_minute where minute < now() - interval '${KEPT}' limit 10000))`,
  )
}
