import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'

/**
 * running ⇄ paused: a run is paused while all its open items wait for an external limit to pass. Items that
 * merely wait for a retry do not pause it. Called every second. A pause soon after another is recorded as one
 * with it: a nearly spent budget makes many.
 *
 * @param runId only this run; null for all.
 */
export async function markPauses(db: Queryable, runId: string | null = null): Promise<void> {
  await db.query(
    `with look as (
       select r.id, r.state, waiting.until,
         waiting.message, waiting.detail,
         coalesce(waiting.outside, false) and not exists (
           select from batch b where b.run_id = r.id
         ) and not exists (
           select from work_item w where w.run_id = r.id and w.state = 'pending'
             and (w.reason is null or w.not_before <= clock_timestamp())
         ) as waits
       from run r cross join lateral (
         select min(w.not_before) as until,
           (array_agg(w.message order by w.not_before, w.id))[1] as message,
           (array_agg(w.detail order by w.not_before, w.id))[1] as detail,
           bool_and(w.reason in ('rate_limit', 'provider')) as outside
         from work_item w
         where w.run_id = r.id and w.state = 'pending' and w.reason is not null) waiting
       where ${isActiveRun('r')} and ($1::bigint is null or r.id = $1)
     ), moved as (
       update run r
       set state = case when look.waits then 'paused' else 'running' end,
         paused_until = case when look.waits then look.until end, version = r.version + 1
       from look
       where r.id = look.id and r.state = look.state
         and ((look.waits and (r.state = 'running' or r.paused_until is distinct from look.until))
           or (not look.waits and r.state = 'paused'))
       returning r.id, look.state as old, look.waits, look.until, look.message, look.detail
     ), last as (
       select distinct on (e.run_id) e.id, e.run_id, e.ended_at, moved.until
       from moved join run_event e on e.run_id = moved.id and e.kind = 'paused'
       where moved.old = 'running' order by e.run_id, e.id desc
     ), resumed as (
       update run_event e
       set ended_at = null, until_at = last.until, times = e.times + 1, last_at = clock_timestamp()
       from last where e.id = last.id and last.ended_at > clock_timestamp() - interval '1 minute'
       returning e.run_id
     ), changed as (
       update run_event e
       set until_at = coalesce(moved.until, e.until_at),
         ended_at = case when not moved.waits then clock_timestamp() end
       from moved where e.run_id = moved.id and moved.old = 'paused' and e.kind = 'paused'
         and e.ended_at is null
     )
     insert into run_event (run_id, kind, level, message, detail, until_at)
     select id, 'paused', 'warning', message, detail, until from moved
     where old = 'running' and id not in (select run_id from resumed)`,
    [runId],
  )
}
