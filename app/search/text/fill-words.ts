import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { type Findable, wordsOfPassage } from './passage-words.ts'

const BATCH = 500

interface UnfilledPassage extends Findable {
  id: string
  repositoryId: string
  contentHash: Buffer
}

/**
 * Fills in the words of passages that have none, such as those written by an earlier version of Whence with
 * no words or different ones. Called periodically; a no-op if every passage has its words.
 */
export async function fillWords(pool: Pool, signal: AbortSignal): Promise<void> {
  for (;;) {
    if (signal.aborted) return
    const rows = await readWordless(pool)
    if (rows.length === 0) return
    await writeWords(pool, rows)
  }
}

async function readWordless(db: Queryable): Promise<UnfilledPassage[]> {
  const { rows } = await db.query<UnfilledPassage>(
    `select p.id, p.repository_id, p.content_hash, p.kind,
       p.source_id, p.part, p.text, p.path, pr.title, pr.number
     from passage p left join pull_request pr on pr.id = p.pull_request_id
     where p.words is null order by p.id limit $1`,
    [BATCH],
  )
  return rows
}

/** Writes the words, except for texts that have changed meanwhile: those already have theirs. */
async function writeWords(db: Queryable, rows: UnfilledPassage[]): Promise<void> {
  const words = rows.map(wordsOfPassage)
  await db.query(
    `with n as (
       select p.id, n.words, n.length
       from unnest($1::bigint[], $2::bytea[], $3::text[], $4::int[]) n (id, content_hash, words, length)
         join passage p on p.id = n.id and p.content_hash = n.content_hash
       order by p.id for no key update of p
     ), filled as (
       update passage p set words = n.words::tsvector, length = n.length from n where p.id = n.id
       returning p.repository_id
     )
     insert into passage_change (repository_id, passages)
     select repository_id, count(*) from filled group by repository_id`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.contentHash),
      words.map(({ vector }) => vector),
      words.map(({ length }) => length),
    ],
  )
}
