import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notForgotten } from '#app/database/predicates.ts'

/** How much code of an installation's repositories can be searched. */
export interface CodeSums {
  installationId: string
  repositories: number
  branches: number
  files: number
  /** When the newest of it was indexed. */
  indexedAt: string | null
}

/** Returns the sums of installations that have code in scope. */
export async function readCodeSums(db: Queryable, scope: Scope): Promise<CodeSums[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<CodeSums>(
    `select r.installation_id, count(distinct r.id)::int as repositories,
       count(distinct (r.id, c.branch))::int as branches, sum(c.files)::int as files,
       to_char(max(c.indexed_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as indexed_at
     from code_ref c join repository r on r.id = c.repository_id
     where c.generation > 0 and ${notForgotten('c')} and ${visible(scope, 'r')(bind)}
     group by r.installation_id`,
    values,
  )
  return rows
}
