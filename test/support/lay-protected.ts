import type { Pool } from '#app/database/pool.server.ts'
import { addRepository, insert } from './laid-rows.ts'
import { layCanaries, subjectOf } from './web/lay-canaries.ts'

const AT = '2026-01-02T00:00:00Z'

/**
 * Lays a row for a repository in every table that has a policy.
 *
 * @param seed a letter from a to f. @returns the id of the repository.
 */
export async function layProtected(
  db: Pool,
  { installation, run, seed }: { installation: string; run: string; seed: string },
): Promise<string> {
  const repository_id = await addRepository(db, installation, `acme/${seed}`)
  const subject = subjectOf('acme', seed, seed)
  await layCanaries(db, subject, { installation, repository: repository_id, run })
  const words = { repository_id, generation: 1, passages: 1 }
  await insert(db, 'lexeme_stats', { ...words, lexeme: subject.word })
  await insert(db, 'repository_words', { ...words, length: 2, title_length: 0, pull_requests: 1 })
  await insert(db, 'passage_change', { repository_id, passages: 1 })
  await insert(db, 'code_watch', { repository_id, wanted: '{}', next_at: AT })
  await insert(db, 'tombstone', { repository_id, kind: 'comment', node_id: `gone-${seed}` })
  await insert(db, 'raw_record', {
    ...{ repository_id, kind: 'repository', shape: 1, body: '{}', read_at: AT },
  })
  await layHistory(db, repository_id, subject.oid)
  await layVectors(db, repository_id)
  return repository_id
}

async function layHistory(db: Pool, repository_id: string, oid: string): Promise<void> {
  const history_id = await insert(db, 'branch_history', { repository_id, is_current: true })
  const place = { history_id, oid, merge_oid: oid, position: 1, committed_at: AT }
  await insert(db, 'branch_commit', place)
  const head = { repository_id, number: 7, oid }
  await insert(db, 'pull_request_ref', head)
  const patch = { ...head, is_whole: true, patch_id: Buffer.from(oid, 'hex') }
  await insert(db, 'pull_request_patch', patch)
}

async function layVectors(db: Pool, repository: string): Promise<void> {
  await db.query(
    `with space as (
       insert into embedding_space (provider, model, dimensions) values ('hash', 'laid', 2)
       on conflict (provider, model, dimensions) do update set model = excluded.model returning id
     ), passages as (
       insert into embedding (space_id, passage_id, repository_id, content_hash, vector)
       select space.id, p.id, p.repository_id, p.content_hash, '[1,0]'
       from space, passage p where p.repository_id = $1)
     insert into code_embedding (space_id, chunk_id, ref_id, content_hash, vector)
     select space.id, c.id, c.ref_id, c.content_hash, '[1,0]'
     from space, code_chunk c join code_ref r on r.id = c.ref_id where r.repository_id = $1`,
    [repository],
  )
}
