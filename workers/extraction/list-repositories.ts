import { FatalError } from '#app/config/errors.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { RestAnswer } from '#app/github/client.ts'
import type { QueuedFetch } from '#app/ledger/payloads.ts'
import type { ClaimedItem, NewItem, Outcome } from '#app/ledger/work-items.ts'
import { readFilter } from '#app/sync/settings/read-filter.ts'
import { EXCLUDED, type Listed } from '#app/sync/settings/repository-filter.ts'
import { enqueueFetches, flushItem, takeFetches } from '#app/sync/window/fetch-queue.ts'
import { noteGaps } from '#app/sync/window/gaps.ts'
import { listItem } from '#app/sync/window/initial-items.ts'
import {
  forgetName,
  hideRepositories,
  hideUnlisted,
  noteListed,
  readRepositoryNamed,
} from '#app/sync/window/known-repositories.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'

/** The fields used from a REST repository; the probe reads the others. */
interface RestRepository extends Listed {
  id: number
  node_id: string
  topics?: string[]
}

const READABLE = '/user/repos?per_page=100'
const FIRST_GRANTED = '/installation/repositories?per_page=100'

/** Reads a page of the granted repositories. The last page hides those that are no longer granted. */
export async function listGranted(task: Task<'granted'>): Promise<Settlement> {
  const { item, payload, github, caller, pool } = task
  const filter = await readFilter(pool, item.installationId)
  const answer = await github.read<{ total_count: number; repositories: RestRepository[] }>(
    caller,
    payload.page ?? FIRST_GRANTED,
  )
  if (!answer.body)
    throw new FatalError(`GitHub answered the list of repositories with status ${answer.status}`)
  const { repositories, total_count: total } = answer.body
  const seen = payload.seen + repositories.length
  const isComplete = !answer.next && seen === total && (payload.total ?? total) === total
  return async (tx) => {
    const followUps = await gather(tx, item.runId, targetsOf(repositories.filter(filter.accepts)))
    const refused = repositories.filter((one) => !filter.accepts(one)).map((one) => one.node_id)
    await hideRepositories(tx, item.installationId, refused, EXCLUDED)
    await noteListed(
      tx,
      item.installationId,
      item.runId,
      repositories.map((one) => one.node_id),
    )
    if (answer.next) {
      const next = { kind: 'granted', page: answer.next, seen, total } as const
      followUps.push(listItem(`granted:${answer.next}`, next))
    } else followUps.push(...(await takeFetches(tx, item.runId, 'repository', 'all')))
    // A list that changed while it was read is incomplete; the next run reads it again.
    if (isComplete) await hideUnlisted(tx, item.installationId, item.runId)
    return [{ state: 'done', followUps }]
  }
}

/**
 * Reads a page of the repositories of an account (`owner/*`). The list of an organisation has what these
 * credentials may read; that of a person is public, so what else the token may read follows.
 */
export async function listAccount(task: Task<'account'>): Promise<Settlement> {
  const { item, payload, github, caller, pool } = task
  const { login } = payload
  const filter = await readFilter(pool, item.installationId)
  const account = encodeURIComponent(login)
  const read = (page: string) => github.read<RestRepository[]>(caller, page)
  let answer = await read(payload.page ?? `/orgs/${account}/repos?per_page=100`)
  const isPerson = payload.page === null && answer.status === 404
  if (isPerson) answer = await read(`/users/${account}/repos?per_page=100`)
  if (!answer.body) return async () => [{ state: 'failed', message: unknown(login) }]
  const isOwn = ({ full_name }: Listed) =>
    full_name.toLowerCase().startsWith(`${login.toLowerCase()}/`)
  const repositories = answer.body.filter((one) => isOwn(one) && filter.accepts(one))
  const isPublicList = isPerson || payload.page?.includes('/users/')
  const readable = isPublicList && (await hasToken(pool, item.installationId)) ? READABLE : null
  const nextPage = answer.next ?? readable
  return async (tx) => {
    const followUps = await gather(tx, item.runId, targetsOf(repositories))
    if (nextPage) {
      const next = { kind: 'account', login, page: nextPage } as const
      followUps.push(listItem(`account:${login}:${nextPage}`, next))
    } else followUps.push(...(await takeFetches(tx, item.runId, 'repository', 'all')))
    return [{ state: 'done', followUps }]
  }
}

async function hasToken(pool: Queryable, installationId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from installation where id = $1 and kind = 'token'`,
    [installationId],
  )
  return rowCount > 0
}

/** Reads one repository by name. It is probed together with those of the other names. */
export async function readNamed(task: Task<'named'>): Promise<Settlement> {
  const { item, payload, github, caller } = task
  const path = `/repos/${payload.name.split('/').map(encodeURIComponent).join('/')}`
  const answer = await github.read<RestRepository>(caller, path)
  const repository = answer.body
  if (!repository) return (tx) => missNamed(tx, task, answer)
  return async (tx) => {
    const followUps = await gather(tx, item.runId, targetsOf([repository]))
    return [{ state: 'done', followUps: [...followUps, probeWithOthers(item)] }]
  }
}

/**
 * Creates the probe with the same priority, so that it comes after the other names and before their
 * follow-ups.
 */
function probeWithOthers({ key, priority }: ClaimedItem): NewItem {
  return { ...flushItem('repository', key), priority }
}

/** Records a failed repository as a gap, so that it never blocks the others. */
async function missNamed(
  tx: Queryable,
  { item, payload }: Task<'named'>,
  answer: RestAnswer<unknown>,
): Promise<Outcome[]> {
  const { status } = answer
  const known = await readRepositoryNamed(tx, item.installationId, payload.name)
  const message = reasonOf(answer, payload.name)
  if (!known) {
    await forgetName(tx, item.installationId, payload.name)
    return [{ state: 'failed', message }]
  }
  await hideRepositories(tx, item.installationId, [known.nodeId], message)
  // The name may be unused by now, or lead to another repository; only the id shows whether it was deleted.
  const followUps =
    status === 404 ? await gather(tx, item.runId, [{ id: known.nodeId, topics: known.topics }]) : []
  if (status === 404) followUps.push(probeWithOthers(item))
  await noteGaps(tx, item.runId, [
    {
      repositoryId: known.id,
      kind: 'repository',
      nodeId: known.nodeId,
      name: known.fullName,
      reason: message,
    },
  ])
  return [{ state: 'gap', subject: payload.name, message, followUps }]
}

function reasonOf({ status, blocked }: RestAnswer<unknown>, name: string): string {
  const why = blocked ? `: ${blocked}` : ''
  if (status === 451) return `GitHub has disabled ${name} for legal reasons (451${why})`
  if (blocked) return `GitHub has blocked access to ${name} (${status}${why})`
  return unknown(name)
}

function unknown(name: string): string {
  return `${name} does not exist on GitHub, or these credentials cannot read it: check the name, and that the token or the App has access to it`
}

function targetsOf(repositories: RestRepository[]): QueuedFetch<'repository'>[] {
  return repositories.map((one) => ({
    id: one.node_id,
    databaseId: String(one.id),
    topics: one.topics ?? [],
    name: one.full_name,
  }))
}

async function gather(
  tx: Queryable,
  runId: string,
  targets: QueuedFetch<'repository'>[],
): Promise<NewItem[]> {
  return (await enqueueFetches(tx, runId, 'repository', targets)).items
}
