/** Reads deliveries: what arrived, and what became of it. */
import { operated, type Scope, visible } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { DeliveryState } from './delivery-states.ts'

export interface DeliveryFilter {
  state?: DeliveryState | undefined
  event?: string | undefined
  /** `owner/name`. */
  repository?: string | undefined
  installationId?: string | undefined
}

export interface DeliveryPage extends DeliveryFilter {
  /** The `next` of the previous page. */
  before?: string | undefined
  limit: number
}

export interface Delivery {
  /** GitHub's GUID of the event. */
  id: string
  event: string
  action: string | null
  installation: { id: string; account: string } | null
  /** `owner/name`; null without one, or if the viewer may not read it. */
  repository: string | null
  /** ISO 8601. */
  receivedAt: string
  /** When GitHub first sent it, if Whence collected it later. */
  sentAt: string | null
  handledAt: string | null
  /** Milliseconds until it was handled, since it was received or first sent. */
  latencyMs: number | null
  state: DeliveryState
  /** What became of it, why it was ignored, or why it has not been handled yet. */
  outcome: string | null
  attempts: number
}

interface Row extends Omit<Delivery, 'installation' | 'receivedAt' | 'sentAt' | 'handledAt'> {
  seq: string
  installationId: string | null
  account: string | null
  receivedAt: Date
  sentAt: Date | null
  handledAt: Date | null
}

/**
 * Returns a page of the deliveries of the installations that the viewer operates, newest first. Those of no known
 * installation are the operator's.
 */
export async function readDeliveries(
  db: Queryable,
  scope: Scope,
  { before, limit, ...filter }: DeliveryPage,
): Promise<{ deliveries: Delivery[]; next: string | null }> {
  const rows = await readRows(db, scope, {
    ...filter,
    id: null,
    before: before ?? null,
    limit: limit + 1,
  })
  const shown = rows.slice(0, limit)
  const next = rows.length > limit ? (shown.at(-1)?.seq ?? null) : null
  return { deliveries: shown.map(describe), next }
}

/** @throws RefusedError if there is no such delivery in scope. */
export async function readDelivery(db: Queryable, scope: Scope, id: string): Promise<Delivery> {
  const [row] = await readRows(db, scope, { id, before: null, limit: 1 })
  if (row) return describe(row)
  throw new RefusedError(
    'unknown',
    `There is no delivery ${id}`,
    '`whence deliveries list` lists the deliveries.',
  )
}

interface Wanted extends DeliveryFilter {
  id: string | null
  before: string | null
  limit: number
}

async function readRows(db: Queryable, scope: Scope, wanted: Wanted): Promise<Row[]> {
  const { id, state, event, repository, installationId, before, limit } = wanted
  const { values, bind } = parametersOf([
    id,
    state ?? null,
    event ?? null,
    repository ?? null,
    installationId ?? null,
    before,
    limit,
  ])
  const { rows } = await db.query<Row>(
    `select d.seq, d.id, d.event, d.action, i.id as installation_id, i.account,
       r.full_name as repository, d.received_at, d.sent_at, d.handled_at, d.state, d.outcome,
       d.attempts::int as attempts,
       round(extract(epoch from d.handled_at - coalesce(d.sent_at, d.received_at)) * 1000)::int as latency_ms
     from delivery d left join installation i on i.external_id = d.installation
       left join repository r on r.database_id = d.repository and r.installation_id = i.id
         and ${visible(scope, 'r')(bind)}
     where ${operated(scope, 'i.id')(bind)}
       and ($1::text is null or d.id = $1) and ($2::text is null or d.state = $2)
       and ($3::text is null or d.event = $3)
       and ($4::text is null or lower(r.full_name) = lower($4))
       and ($5::bigint is null or i.id = $5) and ($6::bigint is null or d.seq < $6)
     order by d.seq desc limit $7`,
    values,
  )
  return rows
}

function describe({ seq: _, installationId, account, ...row }: Row): Delivery {
  return {
    ...row,
    installation: installationId === null ? null : { id: installationId, account: account ?? '' },
    receivedAt: row.receivedAt.toISOString(),
    sentAt: row.sentAt?.toISOString() ?? null,
    handledAt: row.handledAt?.toISOString() ?? null,
  }
}

/** Returns the names of the events that the deliveries in scope have. */
export async function readEventNames(db: Queryable, scope: Scope): Promise<string[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<{ event: string }>(
    `select distinct d.event from (select * from delivery order by seq desc limit 20000) d
       left join installation i on i.external_id = d.installation
     where ${operated(scope, 'i.id')(bind)} order by d.event`,
    values,
  )
  return rows.map(({ event }) => event)
}
