import type { GithubAnswer } from '#app/github/client.ts'
import type { GraphqlQuery } from '#app/github/queries/query.ts'
import { refusedLists, withoutLists } from '#app/github/refused-lists.ts'
import {
  noteWithheldLists,
  readWithheldLists,
  type WithheldLists,
} from '#app/sync/requests/withheld-lists.ts'
import type { Task } from './context.ts'

type Asking = Pick<Task, 'pool' | 'github' | 'caller'>

/**
 * Queries pull requests without the lists that GitHub withholds from the installation, because it would
 * withhold the entire pull requests with them. It asks again as long as an answer refuses a list that it was
 * asked for: GitHub need not name all of them at once. The installation gets one notice for each list.
 *
 * @param others lists that the caller does not need.
 */
export async function askForPullRequests<V, R>(
  { pool, github, caller }: Asking,
  query: GraphqlQuery<V & { commits: boolean }, R>,
  variables: V,
  others: WithheldLists = {},
): Promise<GithubAnswer<R>> {
  let lists = { ...(await readWithheldLists(pool, caller.installationId)), ...others }
  for (;;) {
    const shorter = withoutLists(query, 'fragment pullRequest', Object.keys(lists))
    const answer = await github.query(caller, shorter, { ...variables, commits: !lists.commits })
    const refused = refusedLists(answer)
    if (Object.keys(refused).every((list) => list in lists)) return answer
    await noteWithheldLists(pool, caller.installationId, refused)
    lists = { ...lists, ...refused }
  }
}
