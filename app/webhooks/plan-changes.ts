import type { Queryable } from '#app/database/pool.server.ts'
import type { QueuedFetch } from '#app/ledger/payloads.ts'
import type { ClaimedDelivery, DeliveryOutcome } from './claim.ts'
import type { Facts } from './facts.ts'
import {
  findByHead,
  findByIssue,
  findByMark,
  findRepositories,
  type NamedRepository,
} from './find-pulls.ts'
import type { NamedPull } from './refresh-items.ts'

/** What deliveries for one installation ask for. */
export interface Plan {
  outcomes: DeliveryOutcome[]
  pulls: NamedPull[]
  /** Pull requests that are read in as few calls as possible. */
  reads: QueuedFetch<'pull_request'>[]
  /** Heads of which an event named a check. */
  checked: { repositoryId: string; oid: string }[]
  /** Repositories to be asked for again, without their pull requests. */
  probes: NamedRepository[]
  /** Node ids of repositories. */
  revoked: string[]
  deleted: string[]
  /** Ids of repositories. */
  privatized: string[]
  /** GitHub's numbers of repositories that the installation has received. */
  received: string[]
  /** Names of repositories to be synced. */
  synced: string[]
  /** True if all repositories are to be listed and synced. */
  isListed: boolean
  /** True if an event comes from a repository that no list has named yet. */
  hasUnknown: boolean
}

/** Says what deliveries ask for, in the copy as it is. */
export async function planChanges(
  db: Queryable,
  installationId: string,
  group: ClaimedDelivery[],
): Promise<Plan> {
  const named = group.flatMap(({ repository, facts }) =>
    facts.kind === 'grants' ? facts.removed : (repository ?? []),
  )
  const repositories = await findRepositories(db, installationId, [...new Set(named)])
  const plan: Plan = {
    ...{
      outcomes: [],
      pulls: [],
      reads: [],
      checked: [],
      probes: [],
      revoked: [],
      deleted: [],
      privatized: [],
      received: [],
      synced: [],
    },
    ...{ isListed: false, hasUnknown: false },
  }
  const heads: HeadDelivery[] = []
  for (const delivery of group) {
    const { facts } = delivery
    if (facts.kind === 'installation')
      plan.outcomes.push(handled(delivery, 'GitHub is asked for the installations'))
    else if (facts.kind === 'grants') planGrants(plan, delivery, { ...facts, repositories })
    else if (facts.kind === 'sync' && delivery.repository === null) planAll(plan, delivery)
    else if (facts.kind === 'repository' && facts.change === 'transferred')
      planTransfer(plan, delivery)
    else {
      const repository = findShown(plan, delivery, repositories)
      if (!repository) continue
      if (facts.kind === 'repository') planRepository(plan, { delivery, repository }, facts.change)
      else if (facts.kind === 'sync') planSync(plan, { delivery, repository })
      else if (facts.kind === 'heads') heads.push({ delivery, repository, ...facts })
      else if (facts.kind === 'mark') await planMarked(db, plan, { delivery, repository }, facts)
      else await planPulls(db, plan, { delivery, repository })
    }
  }
  await planHeads(db, plan, heads)
  return plan
}

function planGrants(
  plan: Plan,
  delivery: ClaimedDelivery,
  grants: { added: string[]; removed: string[]; repositories: Map<string, NamedRepository> },
): void {
  const { added, removed, repositories } = grants
  plan.revoked.push(...removed.flatMap((id) => repositories.get(id)?.nodeId ?? []))
  plan.isListed = true
  plan.outcomes.push(handled(delivery, `${removed.length} hidden, ${added.length} granted`))
}

/** Returns the repository of a delivery; without one, the delivery is ignored. */
function findShown(
  plan: Plan,
  delivery: ClaimedDelivery,
  repositories: Map<string, NamedRepository>,
): NamedRepository | null {
  const repository = repositories.get(delivery.repository ?? '')
  if (repository && !repository.isHidden) return repository
  plan.hasUnknown ||= !repository
  const reason = `The repository is ${repository ? 'hidden' : 'not in the copy'}`
  plan.outcomes.push(ignored(delivery, reason))
  return null
}

/** Whoever receives a repository is told, and nobody else: it has left the installation that had it. */
function planTransfer(plan: Plan, delivery: ClaimedDelivery): void {
  if (delivery.repository !== null) plan.received.push(delivery.repository)
  plan.isListed = true
  plan.outcomes.push(handled(delivery, 'The repositories are listed again'))
}

/** What must not be seen is hidden by the event alone; the sync shows it again if GitHub does. */
function planRepository(
  plan: Plan,
  { delivery, repository }: RepositoryDelivery,
  change: Extract<Facts, { kind: 'repository' }>['change'],
): void {
  if (change === 'deleted') plan.deleted.push(repository.nodeId)
  if (change === 'privatized') plan.privatized.push(repository.id)
  plan.synced.push(repository.fullName)
  plan.outcomes.push(handled(delivery, 'The repository is read again'))
}

const TOO_MUCH = 'too much was missed to read it one by one'

function planSync(plan: Plan, { delivery, repository }: RepositoryDelivery): void {
  plan.synced.push(repository.fullName)
  plan.outcomes.push(handled(delivery, `The repository is synced: ${TOO_MUCH}`))
}

function planAll(plan: Plan, delivery: ClaimedDelivery): void {
  plan.isListed = true
  plan.outcomes.push(handled(delivery, `The installation is synced: ${TOO_MUCH}`))
}

interface RepositoryDelivery {
  delivery: ClaimedDelivery
  repository: NamedRepository
}

type HeadDelivery = RepositoryDelivery & { oids: string[]; isPush: boolean }

async function planPulls(
  db: Queryable,
  plan: Plan,
  { delivery, repository }: RepositoryDelivery,
): Promise<void> {
  const pulls = (await findPulls(db, repository, delivery.facts)).map((pull) => ({
    ...pull,
    delivery,
  }))
  plan.pulls.push(...pulls)
  plan.outcomes.push(outcomeOf(delivery, pulls.length))
}

/** There may be thousands, and nobody waits for them: they are read many at a time. */
async function planMarked(
  db: Queryable,
  plan: Plan,
  { delivery, repository }: RepositoryDelivery,
  mark: Parameters<typeof findByMark>[2],
): Promise<void> {
  const ids = await findByMark(db, repository.id, mark)
  const own = ids.map((id) => ({ id, repositorySyncId: null, repositoryId: repository.id }))
  plan.reads.push(...own)
  plan.outcomes.push(outcomeOf(delivery, ids.length))
}

async function findPulls(
  db: Queryable,
  repository: NamedRepository,
  facts: Facts,
): Promise<Omit<NamedPull, 'delivery'>[]> {
  const of = (number: number) => ({ repository, number })
  switch (facts.kind) {
    case 'pull':
      return [{ ...of(facts.number), head: facts.head }]
    case 'issue':
      return findByIssue(db, repository, facts.number)
    default:
      return []
  }
}

async function planHeads(db: Queryable, plan: Plan, heads: HeadDelivery[]): Promise<void> {
  const questions = heads.map(({ repository, oids, isPush }, index) => ({
    ...{ index, repositoryId: repository.id, oids, isPush },
  }))
  const found = await findByHead(db, questions)
  for (const [index, { delivery, repository, oids, isPush }] of heads.entries()) {
    if (isPush) plan.probes.push(repository)
    else plan.checked.push(...oids.map((oid) => ({ repositoryId: repository.id, oid })))
    const numbers = found.filter((one) => one.index === index).map(({ number }) => number)
    plan.pulls.push(...numbers.map((number) => ({ repository, number, delivery })))
    plan.outcomes.push(
      isPush && numbers.length === 0
        ? handled(delivery, 'The repository is asked for again')
        : outcomeOf(delivery, numbers.length),
    )
  }
}

function outcomeOf(delivery: ClaimedDelivery, pulls: number): DeliveryOutcome {
  if (pulls === 0) return ignored(delivery, 'It concerns no pull request of the copy')
  return handled(
    delivery,
    `${pulls === 1 ? 'A pull request is' : `${pulls} pull requests are`} read again`,
  )
}

export function handled(delivery: ClaimedDelivery, outcome: string): DeliveryOutcome {
  return { delivery, state: 'handled', outcome }
}

export function ignored(delivery: ClaimedDelivery, outcome: string): DeliveryOutcome {
  return { delivery, state: 'ignored', outcome }
}
