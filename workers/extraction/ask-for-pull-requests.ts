import type { GithubAnswer } from '#app/github/client.ts'
import type { GraphqlQuery } from '#app/github/queries/query.ts'
import type { Task } from './context.ts'

type Asking = Pick<Task, 'pool' | 'github' | 'caller'>

/**
 * Queries pull requests, without their commits if the installation has not granted read access to contents;
 * otherwise GitHub would withhold the entire pull requests.
 */
export async function askForPullRequests<V, R>(
  { pool, github, caller }: Asking,
  query: GraphqlQuery<V & { commits: boolean }, R>,
  variables: V,
): Promise<GithubAnswer<R>> {
  const { rows } = await pool.query<{ granted: boolean }>(
    `select not coalesce(settings -> 'missing_permissions' ? 'contents', false) as granted
     from installation where id = $1`,
    [caller.installationId],
  )
  const commits = rows[0]?.granted ?? true
  const answer = await github.query(caller, query, { ...variables, commits })
  const withheld = answer.errors.some(
    (error) => error.type === 'FORBIDDEN' && error.path.at(-1) === 'commits',
  )
  // The permission was withdrawn after the check above.
  return withheld ? github.query(caller, query, { ...variables, commits: false }) : answer
}
