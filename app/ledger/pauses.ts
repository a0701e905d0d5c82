/**
 * running ⇄ paused: a run is paused while all its open items wait for an external limit to pass. Items that
 * merely wait for a retry do not pause it. Called every second.
 */
export async function markPauses(db: Queryable): Promise<void> {
  await db.query(
    `with look as (
       select r.id, r.state, waiting.until,
         coalesce(waiting.outside, false) and not exists (
           select from batch b where b.run_id = r.id
         ) and not exists (
           select from work_item w where w.run_id = r.id and w.state = 'pending'
             and (w.reason is null or w.not_before <= clock_timestamp())
         ) as waits
       from run r cross join lateral (
         select min(w.not_before) as until,
           bool_and(w.reason in ('rate_limit', 'provider')) as outside
         from work_item w
         where w.run_id = r.id and w.state = 'pending' and w.reason is not null) waiting
       where ${isActiveRun('r')}
     )
     update run r
     set state = case when look.waits then 'paused' else 'running' end,
       paused_until = case when look.waits then look.until end, version = r.version + 1
     from look
     where r.id = look.id and r.state = look.state
       and ((look.waits and (r.state = 'running' or r.paused_until is distinct from look.until))
         or (not look.waits and r.state = 'paused'))`,
  )
}

import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'
