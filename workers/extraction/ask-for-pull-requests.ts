import type { GithubAnswer } from '#app/github/client.ts'
import { leaveOut } from '#app/github/queries/leave-out.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { GraphqlQuery } from '#app/github/queries/query.ts'
import { isRefusal } from '#app/github/sort-nodes.ts'
import {
  noteWithheldLists,
  readWithheldLists,
  type WithheldLists,
} from '#app/sync/requests/withheld-lists.ts'
import type { Task } from './context.ts'

type Asking = Pick<Task, 'pool' | 'github' | 'caller'>

/** Lists whose refusal invalidates the entire pull request. */
const REFUSABLE = [
  'commits',
  'reviews',
  'comments',
  'reviewThreads',
] as const satisfies (keyof PullRequestNode)[]

/**
 * Queries pull requests without the lists that GitHub withholds from the installation, because it would
 * withhold the entire pull requests with them. The installation gets one notice for each list.
 */
export async function askForPullRequests<V, R>(
  { pool, github, caller }: Asking,
  query: GraphqlQuery<V & { commits: boolean }, R>,
  variables: V,
): Promise<GithubAnswer<R>> {
  const known = await readWithheldLists(pool, caller.installationId)
  const ask = (lists: WithheldLists) =>
    github.query(caller, without(query, lists), { ...variables, commits: !lists.commits })
  const answer = await ask(known)
  const refused = refusedLists(answer)
  if (Object.keys(refused).length === 0) return answer
  await noteWithheldLists(pool, caller.installationId, refused)
  return ask({ ...known, ...refused })
}

function without<V, R>(query: GraphqlQuery<V, R>, lists: WithheldLists): GraphqlQuery<V, R> {
  const fields = Object.keys(lists).filter((list) => list !== 'commits')
  const text = fields.reduce(
    (shorter, field) => leaveOut(shorter, { definition: 'fragment pullRequest', field }),
    query.text,
  )
  return { ...query, text }
}

/** Returns the refused lists of pull requests that are null, each with GitHub's reason. */
function refusedLists({ data, errors }: GithubAnswer<unknown>): WithheldLists {
  const refused: WithheldLists = {}
  for (const { type, message, path } of errors) {
    const list = REFUSABLE.find((name) => name === path.at(-1))
    const node = path.slice(0, -1)
    if (
      list &&
      isRefusal({ type }) &&
      typeof node.at(-1) === 'number' &&
      valueAt(data, node) === null
    )
      refused[list] = message
  }
  return refused
}

function valueAt(data: unknown, path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value === null || value === undefined ? undefined : Object(value)[part]),
    data,
  )
}
