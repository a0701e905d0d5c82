import type { Pool, Queryable } from '#app/database/pool.server.ts'
import {
  type FailedDelivery,
  type HookClient,
  HookMissingError,
} from '#app/github/hook/hook-client.ts'
import type { Facts } from '../facts.ts'
import { insertDeliveries, type Received } from '../inbox.ts'
import { RELEVANT, readEvent } from '../read-event.ts'

/** What a sweep found among the failed deliveries. */
export interface Swept {
  /** Deliveries that Whence does not have. */
  missing: number
  redelivered: number
  collected: number
  /** Deliveries for which a repository is synced instead. */
  synced: number
}

export interface Settling {
  pool: Pool
  hook: HookClient
  signal: AbortSignal
  /** True if GitHub can send a delivery again. */
  isReachable: boolean
  renew: () => Promise<void>
  /** Calls that were spent on single deliveries, for each repository. */
  spent: Map<string, number>
  /** GUIDs that this sweep has settled. */
  seen: Set<string>
  swept: Swept
}

/** Most deliveries of a repository that a sweep asks for one by one; for the rest, the repository is synced. */
const MOST_CALLS = 20

/** Settles failed deliveries: each is in the inbox then, or GitHub sends it again. */
export async function settlePage(settling: Settling, page: FailedDelivery[]): Promise<void> {
  const { pool, swept } = settling
  const missing = await findMissing(settling, page)
  swept.missing += missing.length
  const plain = missing.filter(({ event, action }) => isPlain(event, action))
  await insertDeliveries(pool, plain.map(fromSummary))
  swept.collected += plain.length
  const single = missing.filter((one) => !plain.includes(one)).sort(byNeed)
  const rest: FailedDelivery[] = []
  for (const one of single) {
    if (!spend(settling, one)) rest.push(one)
    else await settleSingle(settling, one)
  }
  await insertDeliveries(pool, rest.map(asSync))
  swept.synced += rest.length
}

/** Returns the newest attempt of each event that says to read something again, and that Whence does not have. */
async function findMissing(
  { pool, seen }: Settling,
  page: FailedDelivery[],
): Promise<FailedDelivery[]> {
  const distinct = page.filter(({ guid, event }) => {
    const isNew = RELEVANT.has(event) && !seen.has(guid)
    seen.add(guid)
    return isNew
  })
  const known = await findKnown(
    pool,
    distinct.map(({ guid }) => guid),
  )
  return distinct.filter(({ guid }) => !known.has(guid))
}

async function findKnown(db: Queryable, guids: string[]): Promise<Set<string>> {
  if (guids.length === 0) return new Set()
  const { rows } = await db.query<{ id: string }>('select id from delivery where id = any($1)', [
    guids,
  ])
  return new Set(rows.map(({ id }) => id))
}

const PLAIN = new Set(['repository', 'public', 'installation', 'installation_target'])

/** True if GitHub's list says all that Whence reads of the event. */
function isPlain(event: string, action: string | null): boolean {
  return PLAIN.has(event) && (event !== 'repository' || action !== null)
}

function fromSummary(one: FailedDelivery): Received {
  return receivedOf(one, {
    action: one.action,
    installation: { id: Number(one.installation) },
    repository: { id: Number(one.repository) },
  })
}

function receivedOf(one: FailedDelivery, payload: unknown): Received {
  const { guid: id, event, deliveredAt: sentAt } = one
  return { id, event, sentAt, ...readEvent(event, payload) }
}

function asSync({ guid: id, deliveredAt: sentAt, ...one }: FailedDelivery): Received {
  const { event, action, installation, repository } = one
  const facts: Facts = { kind: 'sync' }
  return { id, event, action, installation, repository, facts, sentAt }
}

/** Sorts first what a sync of the repository may not see. */
function byNeed(a: FailedDelivery, b: FailedDelivery): number {
  return Number(isSeenBySync(a)) - Number(isSeenBySync(b))
}

function isSeenBySync({ event, action }: FailedDelivery): boolean {
  if (action === 'deleted' || event === 'installation_repositories') return false
  return !/^(pull_request_review_thread|check_run|check_suite|status|issues)$/.test(event)
}

function spend({ spent }: Settling, { repository, installation }: FailedDelivery): boolean {
  const key = repository ?? `installation ${installation}`
  const calls = spent.get(key) ?? 0
  spent.set(key, calls + 1)
  return calls < MOST_CALLS
}

/**
 * Has a delivery sent again, if GitHub can reach Whence and has not tried that yet; otherwise handles it as GitHub
 * has stored it. Its signature cannot be checked then: GitHub itself has answered a call with the App's key.
 */
async function settleSingle(settling: Settling, one: FailedDelivery): Promise<void> {
  const { pool, hook, isReachable, swept, signal } = settling
  signal.throwIfAborted()
  await settling.renew()
  try {
    if (isReachable && !one.redelivery) {
      await hook.redeliver(one.id)
      swept.redelivered += 1
    } else {
      await insertDeliveries(pool, [receivedOf(one, await hook.readPayload(one.id))])
      swept.collected += 1
    }
  } catch (error) {
    if (!(error instanceof HookMissingError)) throw error
    // GitHub has dropped it since it listed it.
    await insertDeliveries(pool, [asSync(one)])
    swept.synced += 1
  }
}
