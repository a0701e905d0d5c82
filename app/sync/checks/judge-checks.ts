import type { GithubAnswer } from '#app/github/client.ts'
import type { CHECKS, CheckedPullRequest, CheckNode } from '#app/github/queries/checks.ts'
import type { Connection } from '#app/github/queries/query.ts'
import { isRefusal } from '#app/github/sort-nodes.ts'
import type { DueChecks } from './due-checks.ts'
import type { ReadChecks } from './store-checks.ts'
import { storedCheck } from './stored-check.ts'

/** A pull request with the checks of its head as a list of its own. */
export interface Checked {
  id: string
  headRefOid: string
  state: string | null
  /** Null if GitHub withholds them; absent if there are none. */
  contexts?: Connection<CheckNode> | null
  /** Why GitHub withholds them. */
  refusal?: string
}

type ChecksAnswer = GithubAnswer<ReturnType<NonNullable<(typeof CHECKS)['types']>>>

/** Moves the lists, and the paths of errors that concern them, to where `sortNodes` looks for lists. */
export function checkedOf({ data, errors }: ChecksAnswer): {
  data: { nodes: (Checked | null)[]; more: (Checked | null)[] }
  errors: ChecksAnswer['errors']
} {
  const moved = errors.map((error) => {
    const [list, index, rollup, contexts, ...rest] = error.path
    if (rollup !== 'statusCheckRollup') return error
    const within = contexts === 'contexts' ? rest : []
    return { ...error, path: [list as string, index as number, 'contexts', ...within] }
  })
  function withList(list: 'nodes' | 'more') {
    return data[list].map((node, index) => {
      const refusal = moved.find(
        (error) => isRefusal(error) && error.path.join() === [list, index, 'contexts'].join(),
      )
      return node && flat(node, refusal?.message)
    })
  }
  return { data: { nodes: withList('nodes'), more: withList('more') }, errors: moved }
}

function flat(
  { id, headRefOid, statusCheckRollup: rollup }: CheckedPullRequest,
  refusal: string | undefined,
): Checked {
  const own = { id, headRefOid, state: rollup?.state ?? null }
  if (refusal !== undefined) return { ...own, contexts: null, refusal }
  return rollup ? { ...own, contexts: rollup.contexts } : own
}

/** `partial` lists are asked for again, and `long` ones page by page. */
export type JudgedChecks =
  | { state: 'read'; checks: ReadChecks }
  | { state: 'partial' | 'long'; target: DueChecks }

/**
 * Judges the list of an answer without errors. A list that is shorter than GitHub counts, or empty where it was not,
 * is believed at the second reading.
 */
export function judgeChecks(target: DueChecks, node: Checked): JudgedChecks {
  const { contexts, headRefOid: headOid, state: rollupState } = node
  const own = { nodeId: target.id, headOid, rollupState }
  if (contexts === null) {
    const reason = `GitHub withholds the checks: ${node.refusal}`
    return { state: 'read', checks: { ...own, total: null, contexts: null, reason } }
  }
  if (!target.isLong && hasMore(contexts)) return { state: 'long', target }
  const total = contexts?.totalCount ?? 0
  const checks = (contexts?.nodes ?? []).flatMap((check) => check ?? [])
  const hasVanished = total === 0 && target.stored > 0 && target.headOid === headOid
  const reason = missingOf(contexts, checks.length)
  const isFinal = contexts?.withheld !== undefined || hasMore(contexts)
  if ((hasVanished || (reason !== null && !isFinal)) && target.failures === 0)
    return { state: 'partial', target }
  return { state: 'read', checks: { ...own, total, contexts: checks.map(storedCheck), reason } }
}

/** Says why checks are missing; null if none is. */
function missingOf(contexts: Checked['contexts'], stored: number): string | null {
  if (!contexts || stored >= contexts.totalCount) return null
  const { totalCount, withheld } = contexts
  if (withheld !== undefined)
    return `GitHub withholds ${totalCount - stored} of ${totalCount} checks: ${withheld}`
  if (hasMore(contexts)) return `Whence stores the first ${stored} of ${totalCount} checks`
  return `${stored} of ${totalCount} checks: GitHub counts more than it lists`
}

function hasMore(contexts: Checked['contexts']): boolean {
  return Boolean(contexts?.pageInfo.hasNextPage && contexts.pageInfo.endCursor)
}
