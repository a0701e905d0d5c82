import { RetryableError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Unread, UnreadKind } from '#app/ledger/payloads.ts'
import { MAX_ATTEMPTS, type NewItem, type Outcome } from '#app/ledger/work-items.ts'
import { readItem } from '#app/sync/window/unread.ts'
import type { Settlement } from '../handlers.ts'
import { pause, type Task } from './context.ts'

/** How objects of one kind are read. */
interface Reader<Thing, Found extends Answer<Thing>> {
  /** Makes one call for all objects. */
  fetch: () => Promise<Found>
  /** Writes what was found. @returns the follow-ups. */
  store: (tx: Queryable, found: Found) => Promise<NewItem[]>
  /** Records lost objects as gaps. @returns their names, or null if they are no gaps. */
  giveUp: (tx: Queryable, lost: Lost<Thing>[], reason: string) => Promise<string[] | null>
  /** Number of answers in which an object may be invalid before it is given up. */
  mostFailures?: number
}

interface Answer<Thing> {
  /** To be read again, without the valid ones. */
  spoiled: Thing[]
  lost?: Lost<Thing>[]
}

/** An object that cannot be read. */
export interface Lost<Thing> {
  thing: Thing
  reason: string
}

/**
 * Reads many objects in one call. After a second failure they are split into two halves, so that an object
 * that GitHub cannot return ends up alone; it is given up when its item has no attempt left.
 */
export async function readByIds<K extends UnreadKind, Found extends Answer<Unread<K>>>(
  task: Pick<Task, 'item' | 'pauseMs' | 'signal' | 'logger'>,
  kind: K,
  things: Unread<K>[],
  reader: Reader<Unread<K>, Found>,
): Promise<Settlement> {
  const found = await tryTwice(task, things.length, reader.fetch)
  if (!(found instanceof RetryableError)) return (tx) => settleFound(tx, kind, reader, found)
  if (found.kind !== 'broken' && things.length > 1) {
    const middle = Math.ceil(things.length / 2)
    const halves = [things.slice(0, middle), things.slice(middle)]
    const followUps = halves.map((half) => readItem(kind, half))
    return async () => [{ state: 'done', followUps }]
  }
  if (task.item.attempts + 1 < MAX_ATTEMPTS) throw found
  return (tx) => giveUp(tx, reader, losing(things, found.message))
}

async function tryTwice<T>(
  task: Pick<Task, 'pauseMs' | 'signal' | 'logger'>,
  things: number,
  fetch: () => Promise<T>,
): Promise<T | RetryableError> {
  for (let failures = 1; ; failures++) {
    try {
      return await fetch()
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error
      task.logger.info({ things, kind: error.kind }, error.message)
      if (failures === 2 || error.kind === 'resource_limits') return error
      await pause(task)
    }
  }
}

async function settleFound<K extends UnreadKind, Found extends Answer<Unread<K>>>(
  tx: Queryable,
  kind: K,
  reader: Reader<Unread<K>, Found>,
  found: Found,
): Promise<Outcome[]> {
  const { mostFailures = 3 } = reader
  const followUps = await reader.store(tx, found)
  const again = found.spoiled.map((one) => ({ ...one, failures: (one.failures ?? 0) + 1 }))
  const retried = again.filter(({ failures }) => failures <= mostFailures)
  if (retried.length > 0) followUps.push(readItem(kind, retried))
  const worn = again.filter(({ failures }) => failures > mostFailures)
  const lost = [...(found.lost ?? []), ...losing(worn, 'GitHub returns only part of it')]
  return giveUp(tx, reader, lost, followUps)
}

function losing<Thing>(things: Thing[], reason: string): Lost<Thing>[] {
  return things.map((thing) => ({ thing, reason }))
}

async function giveUp<Thing>(
  tx: Queryable,
  reader: Pick<Reader<Thing, never>, 'giveUp'>,
  lost: Lost<Thing>[],
  followUps: NewItem[] = [],
): Promise<Outcome[]> {
  const message = lost[0]?.reason ?? ''
  const names = lost.length > 0 ? await reader.giveUp(tx, lost, message) : null
  if (!names) return [{ state: 'done', followUps }]
  return [{ state: 'gap', subject: names.join(', '), message, followUps }]
}
