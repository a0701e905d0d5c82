import type { Queryable } from '#app/database/pool.server.ts'
import { isActiveRun } from '#app/database/predicates.ts'
import { type Place, placeAt } from '../work.ts'
import { nameItems, type UnnamedItem } from './item-names.ts'

export interface OldestPending {
  runId: string
  place: Place
  /** The name that a person knows it by. */
  name: string
  createdAt: Date
  /** Seconds since it was inserted. */
  age: number
  attempts: number
  /** Null if it is due now. */
  notBefore: Date | null
  /** True if a queue job carries it already. */
  queued: boolean
  reason: string | null
  message: string | null
}

/** Returns the oldest pending item of all open runs that no worker holds; null if there is none. */
export async function readOldestPending(db: Queryable): Promise<OldestPending | null> {
  const { rows } = await db.query<Omit<OldestPending, 'place' | 'name'> & UnnamedItem>(
    `select w.run_id, w.position, w.id, w.payload, w.subject, i.account, w.created_at, w.attempts,
       extract(epoch from clock_timestamp() - w.created_at)::float8 as age,
       case when w.not_before > clock_timestamp() then w.not_before end as not_before,
       w.id in (select unnest(items) from batch) as queued, w.reason, w.message
     from run r join installation i on i.id = r.installation_id cross join lateral (
       select * from work_item where run_id = r.id and state = 'pending'
         and id not in (select unnest(items) from batch where state = 'running')
       order by id limit 1) w
     where ${isActiveRun('r')} order by w.created_at limit 1`,
  )
  const [row] = rows
  if (!row) return null
  const names = await nameItems(db, [row])
  const { id, position, payload, subject, account, ...item } = row
  return { ...item, place: placeAt(position), name: names.get(id) ?? '' }
}
