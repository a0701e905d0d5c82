import type { Answer } from '#app/github/client.ts'
import type { Query } from '#app/github/queries/query.ts'
import type { Task } from './context.ts'

type Asking = Pick<Task, 'pool' | 'github' | 'caller'>

/**
 * Asks for pull requests, without their commits where the installation has not granted to read contents:
 * GitHub would withhold the whole pull request with them.
 */
export async function askForPullRequests<V, R>(
  { pool, github, caller }: Asking,
  query: Query<V & { commits: boolean }, R>,
  variables: V,
): Promise<Answer<R>> {
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
  // Withdrawn since the permissions were looked at.
  return withheld ? github.query(caller, query, { ...variables, commits: false }) : answer
}
