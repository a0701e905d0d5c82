import { RetryableError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { FetchKind, QueuedFetch } from '#app/ledger/payloads.ts'
import { MAX_ATTEMPTS, type NewItem, type Outcome } from '#app/ledger/work-items.ts'
import { readItem } from '#app/sync/window/fetch-queue.ts'
import type { Settlement } from '../handlers.ts'
import { pause, type Task } from './context.ts'

/** How objects of one kind are read. */
interface ById<Target, Found extends SortedAnswer<Target>> {
  /** Makes one call for all objects. */
  fetch: () => Promise<Found>
  /** Writes what was found. @returns the follow-ups. */
  store: (tx: Queryable, found: Found) => Promise<NewItem[]>
  /** Records lost objects as gaps. @returns their names, or null if they are no gaps. */
  giveUp: (tx: Queryable, lost: GivenUpTarget<Target>[], reason: string) => Promise<string[] | null>
  /** Number of answers in which an object may be invalid before it is given up. */
  mostFailures?: number
}

interface SortedAnswer<Target> {
  /** To be read again, without the valid ones. */
  partial: Target[]
  lost?: GivenUpTarget<Target>[]
}

/** An object that cannot be read. */
export interface GivenUpTarget<Target> {
  target: Target
  reason: string
}

/**
 * Reads many objects in one call. After a second failure they are split into two halves, so that an object
 * that GitHub cannot return ends up alone; it is given up when its item has no attempt left.
 */
export async function readByIds<K extends FetchKind, Found extends SortedAnswer<QueuedFetch<K>>>(
  task: Pick<Task, 'item' | 'pauseMs' | 'signal' | 'logger'>,
  kind: K,
  targets: QueuedFetch<K>[],
  reader: ById<QueuedFetch<K>, Found>,
): Promise<Settlement> {
  const found = await tryTwice(task, targets.length, reader.fetch)
  if (!(found instanceof RetryableError)) return (tx) => settleFound(tx, kind, reader, found)
  if (found.kind !== 'broken' && targets.length > 1) {
    const middle = Math.ceil(targets.length / 2)
    const halves = [targets.slice(0, middle), targets.slice(middle)]
    const followUps = halves.map((half) => readItem(kind, half))
    return async () => [{ state: 'done', followUps }]
  }
  if (task.item.attempts + 1 < MAX_ATTEMPTS) throw found
  return (tx) => giveUp(tx, reader, losing(targets, found.message))
}

async function tryTwice<T>(
  task: Pick<Task, 'pauseMs' | 'signal' | 'logger'>,
  targets: number,
  fetch: () => Promise<T>,
): Promise<T | RetryableError> {
  for (let failures = 1; ; failures++) {
    try {
      return await fetch()
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error
      task.logger.info({ targets, kind: error.kind }, error.message)
      if (failures === 2 || error.kind === 'resource_limits') return error
      await pause(task)
    }
  }
}

async function settleFound<K extends FetchKind, Found extends SortedAnswer<QueuedFetch<K>>>(
  tx: Queryable,
  kind: K,
  reader: ById<QueuedFetch<K>, Found>,
  found: Found,
): Promise<Outcome[]> {
  const { mostFailures = 3 } = reader
  const followUps = await reader.store(tx, found)
  const again = found.partial.map((one) => ({ ...one, failures: (one.failures ?? 0) + 1 }))
  const retried = again.filter(({ failures }) => failures <= mostFailures)
  if (retried.length > 0) followUps.push(readItem(kind, retried))
  const exhausted = again.filter(({ failures }) => failures > mostFailures)
  const lost = [...(found.lost ?? []), ...losing(exhausted, 'GitHub returns only part of it')]
  return giveUp(tx, reader, lost, followUps)
}

function losing<Target>(targets: Target[], reason: string): GivenUpTarget<Target>[] {
  return targets.map((target) => ({ target, reason }))
}

async function giveUp<Target>(
  tx: Queryable,
  reader: Pick<ById<Target, never>, 'giveUp'>,
  lost: GivenUpTarget<Target>[],
  followUps: NewItem[] = [],
): Promise<Outcome[]> {
  const message = lost[0]?.reason ?? ''
  const names = lost.length > 0 ? await reader.giveUp(tx, lost, message) : null
  if (!names) return [{ state: 'done', followUps }]
  return [{ state: 'gap', subject: names.join(', '), message, followUps }]
}
