/**
 * The log of a run: what happened in it, in time order. Most events are recorded as they happen
 * (`run-events.ts`); those that other rows hold for as long as the run are read from them.
 */
import { z } from 'zod'
import { operated, type Scope, seesNames, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { STAGES } from '#app/queues/stages.ts'
import { EVENT_LEVELS, type EventLevel } from '../run-events.ts'
import { STEPS, type StepName } from '../steps.ts'
import { PLACES, placeAt, WORK } from '../work.ts'
import { nameItems } from './item-names.ts'
import { describeEvent, type LogRow } from './log-words.ts'

const moment = z.iso.datetime()

const logEntry = z.object({
  id: z.string().describe('Send the last one as `after` to get the next page.'),
  at: moment,
  level: z.enum(EVENT_LEVELS),
  kind: z.string().describe('What happened, such as `stage_ended`; later versions add others.'),
  message: z.string().describe('What happened, in plain words.'),
  detail: z.string().nullable().describe('What GitHub or the embedding provider answered.'),
  step: z.enum(STEPS.map(({ name }) => name)).nullable(),
  stage: z.enum(STAGES).nullable(),
  times: z.number().int().describe('How often it happened; repetitions are one entry.'),
  lastAt: moment.describe('The last time that it happened.'),
})
export type LogEntry = z.infer<typeof logEntry>

export const runLog = z.object({
  entries: z.array(logEntry),
  next: z.string().nullable().describe('Send it as `after` to get the next page.'),
})

export interface LogPage {
  runId: string
  /** The id of the last entry of the previous page. */
  after?: string | undefined
  /** The id of the first entry of the page that follows: those nearest before it, and still oldest first. */
  before?: string | undefined
  /** Only what happened in this step, or in one of its stages. */
  step?: StepName | undefined
  /** The lowest level to return. */
  level?: EventLevel | undefined
  limit: number
}

/** An id of an entry: its time in microseconds, its source and its number there. */
export const LOG_ID = /^\d{1,18}-[1-4]-\d{1,18}$/

type Row = Omit<LogRow, 'name'> & {
  id: string
  lastAt: Date
  account: string
  payload: unknown
  detail: string | null
}

/**
 * Returns a page of the log of a run in scope, oldest first. Without such a run it is empty. `next` continues in
 * the direction of reading: as `after`, or as `before` if that was asked for.
 */
export async function readLog(
  db: Queryable,
  scope: Scope,
  { runId, after, before, level = 'info', step, limit }: LogPage,
): Promise<z.infer<typeof runLog>> {
  const isBack = before !== undefined
  const [micros = '0', source = '0', number = '0'] = (before ?? after)?.split('-') ?? []
  const edge = [micros, Number(source), number]
  const chosen = [EVENT_LEVELS.slice(EVENT_LEVELS.indexOf(level)), ...edge, limit + 1]
  const { values, bind } = parametersOf([runId, ...chosen, positionsOf(step)])
  const names = seesNames(scope, 'r.installation_id')(bind)
  const { rows } = await db.query<Row>(
    `with one as (
       select r.*, i.account from run r join installation i on i.id = r.installation_id
       where r.id = $1 and ${operated(scope, 'r.installation_id')(bind)}
     ), event as (
       select e.at, 1 as source, e.id as number, e.kind, e.level, e.position::int as position, e.actor,
         e.message, e.detail, e.subject, e.payload, e.facts, e.until_at,
         case when e.kind = 'paused' then coalesce(e.ended_at, r.finished_at) end as ended_at,
         e.times, e.last_at
       from one r join run_event e on e.run_id = r.id
       where e.kind not in ('failed', 'gap', 'retried', 'waited') or ${names}
       union all
       select s.first_item_at, 2, s.position, 'stage_started', 'info', s.position, null, null, null, null,
         null, jsonb_build_object('total', s.total), null, null, 1, s.first_item_at
       from one r join stage s on s.run_id = r.id
       where s.first_item_at is not null and s.total > 0
       union all
       select greatest(y.started_at, r.started_at), 3, y.id, 'repository_planned', 'info', null, null, null,
         null, o.full_name, null,
         jsonb_build_object('pulls', y.expected, 'since', case when y.since > to_timestamp(0) then y.since end),
         null, null, 1, y.started_at
       from one r join repository_sync y on y.run_id = r.id join repository o on o.id = y.repository_id
       where ${names} and ${visible(scope, 'o')(bind)}
       union all
       select y.closed_at, 4, y.id, 'repository_finished', 'info', null, null, null, null, o.full_name, null,
         jsonb_build_object('pulls', (select count(*) from snapshot s
           where s.repository_sync_id = y.id and s.state = 'complete')), null, null, 1, y.closed_at
       from one r join repository_sync y on y.run_id = r.id join repository o on o.id = y.repository_id
       where y.closed_at is not null and ${names} and ${visible(scope, 'o')(bind)}
     ), numbered as (
       select event.*, (extract(epoch from at) * 1000000)::bigint as micros from event
     )
     select n.micros || '-' || n.source || '-' || n.number as id, n.at, n.kind, n.level, n.position, n.actor,
       n.message, n.detail, n.subject, n.payload, n.facts, n.until_at, n.ended_at, n.times, n.last_at,
       r.account, r.mode, r.trigger, r.request
     from numbered n cross join one r
     where n.level = any($2::text[])
       and ($7::int[] is null or n.position = any($7))
       and (n.micros, n.source, n.number) ${isBack ? '<' : '>'} ($3::bigint, $4::int, $5::bigint)
     order by n.micros ${isBack ? 'desc' : 'asc'}, n.source ${isBack ? 'desc' : 'asc'},
       n.number ${isBack ? 'desc' : 'asc'} limit $6`,
    values,
  )
  const entries = await describeRows(db, rows.slice(0, limit))
  const next = rows.length > limit ? (entries.at(-1)?.id ?? null) : null
  return { entries: isBack ? entries.reverse() : entries, next }
}

function positionsOf(step: StepName | undefined): number[] | null {
  if (step === undefined) return null
  return PLACES.filter((place) => WORK[place].step === step).map((place) => WORK[place].position)
}

/** Names the work items of the entries that concern a single one, and describes all in words. */
async function describeRows(db: Queryable, rows: Row[]): Promise<LogEntry[]> {
  const items = rows.flatMap(({ id, position, payload, subject, account }) =>
    position !== null && payload ? { id, position, payload, subject, account } : [],
  )
  const named = await nameItems(db, items)
  return rows.map((row) => entryOf(row, named.get(row.id) ?? null))
}

function entryOf(row: Row, name: string | null): LogEntry {
  const { position } = row
  const work = position === null ? null : WORK[placeAt(position)]
  return {
    id: row.id,
    at: row.at.toISOString(),
    level: row.level,
    kind: row.kind,
    message: describeEvent({ ...row, name }),
    detail: row.detail,
    step: work?.step ?? null,
    stage: work?.stage ?? null,
    times: row.times,
    lastAt: row.lastAt.toISOString(),
  }
}
