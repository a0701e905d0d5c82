/** Reads what is ingested: projects, their datasets, and the branches in them. */
import { operated, type Scope, visibleCode } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'

export interface IngestedRef {
  id: string
  project: string
  dataset: string
  scope: 'project' | 'shared'
  /** `owner/name`. */
  repository: string
  branch: string
  /** The commit that search sees; null before the first ingest has ended. */
  oid: string | null
  indexedAt: string | null
  files: number
  chunks: number
}

/** Branches that are listed at the most. */
export const MOST = 500

/** Returns the branches in scope, in the order of their projects and datasets; at most 500. */
export async function readIngested(db: Queryable, scope: Scope): Promise<IngestedRef[]> {
  const { values, bind } = parametersOf([MOST])
  const { rows } = await db.query<IngestedRef>(
    `select r.id, p.name as project, d.name as dataset, d.scope, r.full_name as repository, r.branch,
       r.oid, to_char(r.indexed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as indexed_at,
       r.files, r.chunks
     from project p join dataset d on d.project_id = p.id join code_ref r on r.dataset_id = d.id
     where ${operated(scope, 'p.installation_id')(bind)} and ${visibleCode(scope, 'r')(bind)}
     order by p.name, d.name, r.full_name, r.branch limit $1`,
    values,
  )
  return rows
}
