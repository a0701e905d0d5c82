/**
 * Records what happens in a run, in the transaction that makes it happen. `views/run-log.ts` tells it in words.
 * The pauses and lost leases are recorded by the statements that find them.
 */
import type { Actor } from '#app/audit/record-entry.ts'
import type { Queryable } from '#app/database/pool.server.ts'

export const EVENT_LEVELS = ['info', 'warning', 'error'] as const
export type EventLevel = (typeof EVENT_LEVELS)[number]

/** Number of events of single items that a run records; the totals of its stages count the others. */
const MOST_ITEM_EVENTS = 1_000

/** What people and schedules do to a run. */
export type Decision = 'requested' | 'joined' | 'started' | 'reopened' | 'cancelled'

/** Records a decision. Must come after the statement that locks the run. */
export async function noteDecision(
  tx: Queryable,
  runId: string,
  kind: Decision,
  { actor = null, facts = {} }: { actor?: Actor | null; facts?: object } = {},
): Promise<void> {
  // A schedule that joins a long run does so every few minutes.
  const fold = kind === 'joined' ? `joined ${actor}` : null
  await tx.query(
    `insert into run_event (run_id, kind, level, actor, facts, fold)
     values ($1, $2, case $2 when 'cancelled' then 'warning' else 'info' end, $3, $4::text::jsonb, $5)
     on conflict (run_id, fold) do update
     set times = run_event.times + 1, last_at = clock_timestamp()`,
    [runId, kind, actor, JSON.stringify(facts), fold],
  )
}

/** What became of one item. */
export interface ItemEvent {
  itemId: string
  kind: 'waited' | 'retried' | 'failed' | 'gap'
  message: string | null
  detail: string | null
  subject: string | null
  until: Date | null
}

/**
 * Records items that failed, and those that wait or are retried; the latter fold by their message. Must come
 * after the counters, whose lock it needs; the start of the transaction, `now()`, puts it before the end of the
 * stage that it may have caused.
 */
export async function noteItems(
  tx: Queryable,
  { runId, position }: { runId: string; position: number },
  events: ItemEvent[],
): Promise<void> {
  if (events.length === 0) return
  await tx.query(
    `insert into run_event (run_id, at, kind, level, position, message, detail, until_at, times, fold, subject,
       payload)
     select $1, now(), e.kind, case e.kind when 'failed' then 'error' else 'warning' end, $2, e.message,
       min(e.detail), max(e.until_at), count(*), e.fold, min(e.subject),
       case when count(*) = 1 then (array_agg(w.payload))[1] end
     from (
       select i.*, case when i.kind in ('waited', 'retried')
         then i.kind || ' ' || $2::int || ' ' || md5(coalesce(i.message, '')) end as fold
       from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
         as i (item_id, kind, message, detail, subject, until_at)) e
       join work_item w on w.id = e.item_id
     where (select count(*) from run_event where run_id = $1) < $9
     group by e.kind, e.message, e.fold, case when e.fold is null then e.item_id end
     on conflict (run_id, fold) do update
     set times = run_event.times + excluded.times, last_at = clock_timestamp(), payload = null,
       subject = null, detail = excluded.detail, until_at = excluded.until_at`,
    [
      runId,
      position,
      events.map(({ itemId }) => itemId),
      events.map(({ kind }) => kind),
      events.map(({ message }) => message),
      events.map(({ detail }) => detail),
      events.map(({ subject }) => subject),
      events.map(({ until }) => until),
      MOST_ITEM_EVENTS,
    ],
  )
}
