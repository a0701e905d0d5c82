import type { Queryable } from '#app/database/pool.server.ts'
import type { ReadEvent } from './read-event.ts'

/** A delivery as it was received. */
export interface Received extends ReadEvent {
  /** GitHub's GUID of the event. */
  id: string
  event: string
  /** When GitHub first sent it, if it was collected later. */
  sentAt?: Date
}

/** Most deliveries of one insert. */
const MOST = 500

/**
 * Stores a delivery; durable once the promise resolves. A delivery that is known already is not stored again,
 * unless it failed: then it is handled once more.
 */
export type Inbox = (delivery: Received) => Promise<void>

interface Waiting {
  delivery: Received
  resolve: () => void
  reject: (error: unknown) => void
}

/** Opens the inbox of a process: deliveries that arrive while an insert is under way share the next one. */
export function openInbox(db: Queryable): Inbox {
  const waiting: Waiting[] = []
  let isWriting = false

  async function write(): Promise<void> {
    isWriting = true
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MOST)
      const deliveries = batch.map(({ delivery }) => delivery)
      const error = await insertDeliveries(db, deliveries).then(
        () => null,
        (cause: unknown) => cause,
      )
      for (const { resolve, reject } of batch) error === null ? resolve() : reject(error)
    }
    isWriting = false
  }

  return (delivery) =>
    new Promise((resolve, reject) => {
      waiting.push({ delivery, resolve, reject })
      if (!isWriting) void write()
    })
}

/** Stores deliveries. Those that are known are not stored again, unless they failed. */
export async function insertDeliveries(db: Queryable, deliveries: Received[]): Promise<void> {
  // One statement cannot change a row twice.
  const rows = [...new Map(deliveries.map((one) => [one.id, one])).values()]
  await db.query(
    `insert into delivery (id, event, action, installation, repository, facts, sent_at)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[],
       $7::timestamptz[])
     order by 1
     on conflict (id) do update
       set state = 'pending', attempts = 0, outcome = null, not_before = clock_timestamp()
       where delivery.state = 'failed'`,
    [
      rows.map((one) => one.id),
      rows.map((one) => one.event),
      rows.map((one) => one.action),
      rows.map((one) => one.installation),
      rows.map((one) => one.repository),
      rows.map((one) => JSON.stringify(one.facts)),
      rows.map((one) => one.sentAt ?? null),
    ],
  )
}
