import type { Queryable } from '#app/database/pool.server.ts'

/** Inserts rows of GitHub data directly, for tests of the code that reads them. */
export async function addRepository(
  db: Queryable,
  installationId: string,
  fullName: string,
  columns: Record<string, unknown> = {},
): Promise<string> {
  return insert(db, 'repository', {
    installation_id: installationId,
    node_id: `R_${installationId}_${fullName}`,
    database_id: 1,
    name: fullName.split('/')[1],
    full_name: fullName,
    url: `https://github.com/${fullName}`,
    visibility: 'PUBLIC',
    is_archived: false,
    is_fork: false,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    read_at: '2026-01-02T00:00:00Z',
    ...columns,
  })
}

export async function addPull(
  db: Queryable,
  repositoryId: string,
  number: number,
  columns: Record<string, unknown> = {},
): Promise<string> {
  return insert(db, 'pull_request', {
    repository_id: repositoryId,
    node_id: `PR_${repositoryId}_${number}`,
    number,
    title: `Pull request ${number}`,
    body: '',
    url: `https://github.com/pull/${number}`,
    state: 'OPEN',
    is_draft: false,
    author_association: 'MEMBER',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    base_ref_name: 'main',
    base_ref_oid: 'b0',
    head_ref_name: 'topic',
    head_ref_oid: 'h0',
    additions: 1,
    deletions: 2,
    changed_files: 3,
    read_at: '2026-01-02T00:00:00Z',
    ...columns,
  })
}

/** Inserts a row into any table. @returns its id, if it has one. */
export async function insert(
  db: Queryable,
  table: string,
  columns: Record<string, unknown>,
): Promise<string> {
  const names = Object.keys(columns)
  const { rows } = await db.query<{ id: string }>(
    `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')})
     values (${names.map((_, index) => `$${index + 1}`).join(', ')}) returning *`,
    Object.values(columns),
  )
  return rows[0]?.id as string
}
