/** Reads what there is to say about the repositories that the setting `code` names. */
import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { MOST_BRANCHES } from '../ingest/code-setting.ts'

const MOST = 20

export interface FollowedCode {
  /** Branches beside the default one that are ingested of a repository. */
  mostBranches: number
  notices: { repository: string; text: string }[]
  /** True if there are more notices. */
  isCut: boolean
}

/** Returns why branches of repositories of an installation are not ingested, if so. */
export async function readFollowed(
  db: Queryable,
  scope: Scope,
  installationId: string,
): Promise<FollowedCode> {
  const { values, bind } = parametersOf([installationId, MOST_BRANCHES, MOST + 1])
  const { rows } = await db.query<{
    repository: string
    problem: string | null
    matching: number
  }>(
    `select r.full_name as repository, w.problem, w.matching
     from repository r join code_watch w on w.repository_id = r.id
     where r.installation_id = $1 and ${operated(scope, 'r.installation_id')(bind)}
       and (w.problem is not null or w.matching > $2)
     order by r.full_name limit $3`,
    values,
  )
  const notices = rows.slice(0, MOST).map(({ repository, problem, matching }) => ({
    repository,
    text:
      problem ??
      `${matching} branches match, and only the last ${MOST_BRANCHES} in the order of their names and numbers are ingested. Name fewer.`,
  }))
  return { mostBranches: MOST_BRANCHES, notices, isCut: rows.length > MOST }
}
