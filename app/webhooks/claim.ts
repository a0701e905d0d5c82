import { LeaseLostError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { type Facts, facts } from './facts.ts'
import type { Received } from './inbox.ts'

/** A delivery that this process handles now. */
export interface ClaimedDelivery extends Received {
  /** When it was received; if it was collected later, when GitHub first sent it. */
  receivedAt: Date
  attempts: number
  lease: number
}

const UNREADABLE: Facts = { kind: 'nothing', reason: 'Another version of Whence stored it' }

const LEASE_SECONDS = 60
const DATABASE_SECONDS = 2
/** With the backoff, a little more than an hour. */
const MOST_ATTEMPTS = 12
const MOST_MESSAGE = 500

/** Claims the next pending deliveries, oldest first; none that another process holds. */
export async function claimDeliveries(db: Queryable, most: number): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query<ClaimedDelivery>(
    `with due as (
       select id from delivery where state = 'pending' and not_before <= clock_timestamp()
       order by not_before limit $1 for update skip locked
     )
     update delivery d set lease = lease + 1, attempts = attempts + 1,
       not_before = clock_timestamp() + $2 * interval '1 second'
     from due where d.id = due.id
     returning d.id, d.event, d.action, d.installation, d.repository::text as repository, d.facts,
       coalesce(d.sent_at, d.received_at) as received_at, d.attempts::int as attempts, d.lease`,
    [most, LEASE_SECONDS],
  )
  return rows
    .map((row) => ({ ...row, facts: facts.safeParse(row.facts).data ?? UNREADABLE }))
    .sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime())
}

/** What became of a delivery. */
export interface DeliveryOutcome {
  delivery: ClaimedDelivery
  state: 'handled' | 'ignored'
  /** In a sentence, without text of anybody. */
  outcome: string
}

/**
 * Ends deliveries, in the transaction that does what they ask for.
 *
 * @throws LeaseLostError if another process has claimed one of them since.
 */
export async function settleDeliveries(tx: Queryable, outcomes: DeliveryOutcome[]): Promise<void> {
  const { rowCount } = await tx.query(
    `update delivery d set state = o.state, outcome = o.outcome, handled_at = clock_timestamp()
     from unnest($1::text[], $2::int[], $3::text[], $4::text[]) o (id, lease, state, outcome)
     where d.id = o.id and d.lease = o.lease and d.state = 'pending'`,
    [
      outcomes.map(({ delivery }) => delivery.id),
      outcomes.map(({ delivery }) => delivery.lease),
      outcomes.map(({ state }) => state),
      outcomes.map(({ outcome }) => outcome),
    ],
  )
  if (rowCount !== outcomes.length) throw new LeaseLostError('The lease of a delivery was lost')
}

/** Puts deliveries back that the database failed, or that have to wait; that is not counted as an attempt. */
export async function putBackDeliveries(
  db: Queryable,
  deliveries: ClaimedDelivery[],
  seconds = DATABASE_SECONDS,
): Promise<void> {
  await db.query(
    `update delivery d set attempts = attempts - 1,
       not_before = clock_timestamp() + $3 * interval '1 second'
     from unnest($1::text[], $2::int[]) o (id, lease)
     where d.id = o.id and d.lease = o.lease and d.state = 'pending'`,
    [deliveries.map(({ id }) => id), deliveries.map(({ lease }) => lease), seconds],
  )
}

/** Puts a delivery back after an error, with growing waits; the last error is final. */
export async function retryDelivery(
  db: Queryable,
  { id, lease, attempts }: ClaimedDelivery,
  message: string,
): Promise<void> {
  await db.query(
    `update delivery set outcome = $3, not_before = clock_timestamp() + $4 * interval '1 second',
       state = case when $5 then 'failed' else 'pending' end,
       handled_at = case when $5 then clock_timestamp() end
     where id = $1 and lease = $2 and state = 'pending'`,
    [
      id,
      lease,
      message.slice(0, MOST_MESSAGE),
      Math.min(3_600, 2 ** attempts),
      attempts >= MOST_ATTEMPTS,
    ],
  )
}
