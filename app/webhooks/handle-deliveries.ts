/**
 * Handles deliveries: hides at once what must be hidden, and asks the ledger to read again what changed. Each
 * delivery ends in the transaction that asks for it, so that a process may die at any point.
 */
import { lookAgain } from '#app/code/ingest/watched-repositories.ts'
import { LeaseLostError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { databaseFailure, warnOf } from '#app/database/failures.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { isSync } from '#app/database/predicates.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { SUSPENDED, UNINSTALLED } from '#app/github/app-errors.ts'
import { deactivateInstallation } from '#app/github/deactivate.ts'
import { requestRefresh } from '#app/ledger/runs.ts'
import { dropAccess } from '#app/sign-in/stored-access.ts'
import { markHeads } from '#app/sync/checks/due-checks.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { readRanks } from '#app/sync/settings/repository-priorities.ts'
import {
  DELETED,
  hideRepositories,
  hideTransferred,
  NOT_GRANTED,
} from '#app/sync/window/known-repositories.ts'
import {
  type ClaimedDelivery,
  claimDeliveries,
  putBackDeliveries,
  retryDelivery,
  settleDeliveries,
} from './claim.ts'
import { ASK_SECONDS, AskedLatelyError, listForUnknown } from './list-for-unknown.ts'
import { handled, ignored, planChanges } from './plan-changes.ts'
import { bulkItems, probeItems, refreshItems } from './refresh-items.ts'

export interface Handling {
  pool: Pool
  logger: Logger
  /** Asks GitHub for the installations, and syncs new ones. */
  listInstallations: () => Promise<void>
}

const MOST = 500

/** @returns true if work was added to the ledger. */
export async function handleDeliveries(handling: Handling, signal: AbortSignal): Promise<boolean> {
  let hasAdded = false
  while (!signal.aborted) {
    const claimed = await claimDeliveries(handling.pool, MOST)
    for (const group of groupsOf(claimed))
      hasAdded = (await handleGroup(handling, group)) || hasAdded
    if (claimed.length < MOST) return hasAdded
  }
  return hasAdded
}

function groupsOf(claimed: ClaimedDelivery[]): ClaimedDelivery[][] {
  const groups = new Map<string | null, ClaimedDelivery[]>()
  for (const one of claimed) {
    const group = groups.get(keyOf(one))
    if (group) group.push(one)
    else groups.set(keyOf(one), [one])
  }
  return [...groups.values()]
}

/** The installation whose copy a delivery is about; null if it is about no copy. */
function keyOf({ facts, installation }: ClaimedDelivery): string | null {
  return facts.kind === 'nothing' || facts.kind === 'access' ? null : installation
}

/** Handles deliveries together, and one by one if that fails: one that cannot be handled fails alone. */
async function handleGroup(handling: Handling, group: ClaimedDelivery[]): Promise<boolean> {
  try {
    return await handleTogether(handling, group)
  } catch (error) {
    if (error instanceof LeaseLostError) return false
    if (error instanceof AskedLatelyError) {
      await putBackDeliveries(handling.pool, group, ASK_SECONDS)
      return false
    }
    if (databaseFailure(error)) {
      warnOf(handling.logger, error, 'deliveries are put back')
      // If that fails too, their lease expires.
      await putBackDeliveries(handling.pool, group)
      return false
    }
    if (group.length > 1) {
      const added = []
      for (const one of group) added.push(await handleGroup(handling, [one]))
      return added.includes(true)
    }
    const [delivery] = group as [ClaimedDelivery]
    const { message } = error as Error
    handling.logger.warn({ err: error, delivery: delivery.id }, 'a delivery was not handled')
    await retryDelivery(handling.pool, delivery, message)
    return false
  }
}

async function handleTogether(handling: Handling, group: ClaimedDelivery[]): Promise<boolean> {
  const isForNobody = keyOf(group[0] as ClaimedDelivery) === null
  const installation = isForNobody ? null : await findInstallation(handling, group)
  if (installation) return changeInstallation(handling, installation, group)
  await transaction(handling.pool, async (tx) => {
    const outcomes = []
    for (const one of group)
      outcomes.push((await changeAccess(tx, one)) ?? ignored(one, whyForNobody(one)))
    await settleDeliveries(tx, outcomes)
  })
  return false
}

/** Whoever may read something else now is asked for again at their next request. */
async function changeAccess(tx: Queryable, delivery: ClaimedDelivery) {
  const { facts, installation } = delivery
  if (facts.kind !== 'access') return null
  if (facts.person !== null) await dropAccess(tx, { githubId: facts.person })
  else if (installation !== null) await dropAccess(tx, { externalId: installation })
  else return null
  const whose = facts.person === null ? 'everybody there' : 'the person'
  return handled(delivery, `GitHub is asked again what ${whose} may read`)
}

function whyForNobody({ facts, installation }: ClaimedDelivery): string {
  if (facts.kind === 'nothing') return facts.reason
  if (installation === null) return 'The payload names no installation'
  return 'The App is not installed there, as far as GitHub says'
}

interface KnownInstallation {
  id: string
  active: boolean
  inactiveReason: string | null
}

/** Returns the installation, as GitHub lists it after an event about it or from one that is not known yet. */
async function findInstallation(
  { pool, listInstallations }: Handling,
  group: ClaimedDelivery[],
): Promise<KnownInstallation | null> {
  const external = group[0]?.installation
  async function find(): Promise<KnownInstallation | undefined> {
    const { rows } = await pool.query<KnownInstallation>(
      'select id, active, inactive_reason from installation where external_id = $1',
      [external],
    )
    return rows[0]
  }
  const known = await find()
  const changes = group.flatMap(({ facts }) => (facts.kind === 'installation' ? facts.change : []))
  const leaves = changes.find((change) => change !== 'other')
  // Hidden before GitHub is asked; if it has come back since, the list shows it again.
  if (known && leaves)
    await deactivateInstallation(pool, known.id, leaves === 'suspend' ? SUSPENDED : UNINSTALLED)
  if (known && changes.length === 0) return known
  if (changes.length > 0) await listInstallations()
  else await listForUnknown(pool, group, listInstallations)
  return (await find()) ?? null
}

async function changeInstallation(
  { pool }: Handling,
  installation: KnownInstallation,
  group: ClaimedDelivery[],
): Promise<boolean> {
  if (!installation.active) {
    const reason = `The installation is inactive: ${installation.inactiveReason}`
    const all = group.map((one) =>
      one.facts.kind === 'installation' ? handled(one, reason) : ignored(one, reason),
    )
    await transaction(pool, (tx) => settleDeliveries(tx, all))
    return false
  }
  const plan = await planChanges(pool, installation.id, group)
  if (plan.hasUnknown && !(await hasListedLately(pool, installation.id))) plan.isListed = true
  if (plan.isListed) await requestSync(pool, installation.id, 'webhook', {})
  else if (plan.synced.length > 0)
    await requestSync(pool, installation.id, 'webhook', { repositories: plan.synced })
  async function within(tx: Queryable): Promise<void> {
    await hideRepositories(tx, installation.id, plan.revoked, NOT_GRANTED)
    await hideRepositories(tx, installation.id, plan.deleted, DELETED)
    await hideTransferred(tx, installation.id, plan.received)
    await makePrivate(tx, plan.privatized)
    await markHeads(tx, plan.checked)
    await lookAgain(
      tx,
      plan.probes.map(({ id }) => id),
    )
    await settleDeliveries(tx, plan.outcomes)
  }
  const rankOf = await readRanks(pool, installation.id)
  const items = [
    ...refreshItems(plan.pulls, rankOf),
    ...probeItems(plan.probes),
    ...bulkItems(plan.reads),
  ]
  if (items.length === 0) await transaction(pool, within)
  else await requestRefresh(pool, installation.id, { trigger: 'webhook', items, within })
  return items.length > 0
}

/** An event can be the first that is heard of a repository: the lists of GitHub lag behind, and can lack one. */
async function hasListedLately(db: Queryable, installationId: string): Promise<boolean> {
  const { rows } = await db.query(
    `select from run where installation_id = $1 and ${isSync('run')}
       and created_at > now() - interval '10 minutes' limit 1`,
    [installationId],
  )
  return rows.length > 0
}

/** Private at once: nobody who is not granted it may go on reading it. */
async function makePrivate(tx: Queryable, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(
    `update repository set visibility = 'PRIVATE' where id = any($1::bigint[]) and visibility = 'PUBLIC'`,
    [ids],
  )
}
