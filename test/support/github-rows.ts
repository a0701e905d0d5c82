import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { contentHash } from '#app/passages/content-hash.ts'
import { countTokens } from '#app/passages/count-tokens.ts'

// Inserts rows of GitHub data, with defaults for the columns that a test does not need.
const MOMENT = '2026-01-01T00:00:00Z'

export async function addRepository(
  db: Queryable,
  installationId: string,
  fullName: string,
): Promise<ReadableRepositoryId> {
  const { rows } = await db.query<{ id: ReadableRepositoryId }>(
    `insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at)
     values ($1, gen_random_uuid()::text, 1, split_part($2, '/', 2), $2, 'https://github.com/' || $2,
       'PUBLIC', false, false, $3, $3, $3) returning id`,
    [installationId, fullName, MOMENT],
  )
  return rows[0]?.id as ReadableRepositoryId
}

export async function addPullRequest(
  db: Queryable,
  repositoryId: string,
  number: number,
): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `insert into pull_request (repository_id, node_id, number, title, body, url, state, is_draft,
       author_association, created_at, updated_at, base_ref_name, base_ref_oid, head_ref_name,
       head_ref_oid, additions, deletions, changed_files, read_at)
     values ($1, gen_random_uuid()::text, $2, 'A change', '', 'https://github.com', 'OPEN', false,
       'NONE', $3, $3, 'main', 'b', 'topic', 'h', 1, 1, 1, $3) returning id`,
    [repositoryId, number, MOMENT],
  )
  return rows[0]?.id as string
}

/**
 * Inserts passages.
 *
 * @param of a pull request, or the repository itself.
 * @returns the ids, in the order of the texts.
 */
export async function addPassages(
  db: Queryable,
  of: { repositoryId: string; pullRequestId?: string },
  texts: string[],
): Promise<string[]> {
  const kind = of.pullRequestId ? 'comment' : 'repository'
  const { rows } = await db.query<{ id: string }>(
    `insert into passage (repository_id, pull_request_id, kind, source_id, part, text, tokens, url,
       created_at, content_hash, read_at)
     select $1, $2, $3, gen_random_uuid()::text, 0, text, tokens, 'https://github.com', $4, hash, $4
     from unnest($5::text[], $6::int[], $7::bytea[]) with ordinality p (text, tokens, hash, place)
     order by place returning id`,
    [
      of.repositoryId,
      of.pullRequestId ?? null,
      kind,
      MOMENT,
      texts,
      texts.map(countTokens),
      texts.map(contentHash),
    ],
  )
  return rows.map(({ id }) => id)
}

export async function changePassage(db: Queryable, id: string, text: string): Promise<void> {
  await db.query('update passage set text = $2, tokens = $3, content_hash = $4 where id = $1', [
    id,
    text,
    countTokens(text),
    contentHash(text),
  ])
}
