import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { ChangedFile } from './pull-shapes.ts'

/** Returns the changed files of a pull request in GitHub's order, the first ones if there is a limit. */
export async function readChangedFiles(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
  limit: number | null = null,
): Promise<ChangedFile[]> {
  const { rows } = await db.query<ChangedFile>(
    `select path, previous_path, change_type, additions, deletions from pull_request_file
     where pull_request_id = $1 order by place limit $2`,
    [pullRequestId, limit],
  )
  return rows
}
