/** Generates a large organisation from real text, with any number of passages and their vectors. */
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Pool } from '#app/database/pool.server.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import { ensureSpace, type Space } from '#app/embeddings/spaces.ts'
import { passageVectors } from '#app/embeddings/vectors.ts'
import { contentHash } from '#app/passages/content-hash.ts'
import { countTokens } from '#app/passages/count-tokens.ts'
import { makeRandom } from '#test/github/world/random.ts'
import type { CorpusPassage } from './corpus.ts'

const BATCH = 2_000
const PER_PULL_REQUEST = 10
/** Share of a passage's sentences that come from the pull request it is modelled on. */
const OWN = 0.7
const MOMENT = '2026-01-01T00:00:00Z'
const SENTENCE = /(?<=[.!?\n])\s+(?=\S)/
const { signal } = new AbortController()

interface Making {
  pool: Pool
  provider: EmbeddingProvider
  corpus: CorpusPassage[]
}

/**
 * Fills an empty database with repositories of the given numbers of passages.
 *
 * @returns the repositories' ids, in order, and the space of the vectors.
 */
export async function makePassages(
  making: Making,
  sizes: number[],
): Promise<{ repositoryIds: ReadableRepositoryId[]; space: Space }> {
  const { pool, provider, corpus } = making
  const compose = openComposer(corpus)
  const space = await ensureSpace(pool, provider)
  const repositoryIds: ReadableRepositoryId[] = []
  for (const [index, size] of sizes.entries()) {
    const repositoryId = await addRepository(pool, `bench/repository-${index}`)
    const pulls = await addPullRequests(pool, repositoryId, Math.ceil(size / PER_PULL_REQUEST))
    for (let start = 0; start < size; start += BATCH) {
      const count = Math.min(BATCH, size - start)
      const texts = Array.from({ length: count }, (_, index) =>
        compose(Math.floor((start + index) / PER_PULL_REQUEST)),
      )
      const of = texts.map(
        (_, index) => pulls[Math.floor((start + index) / PER_PULL_REQUEST)] as string,
      )
      await addBatch(making, { repositoryId, spaceId: space.id, texts, of })
    }
    repositoryIds.push(repositoryId)
  }
  await pool.query('update embedding_space set filled_at = now() where id = $1', [space.id])
  await pool.connections.query('vacuum analyze passage, embedding, pull_request')
  return { repositoryIds, space }
}

/**
 * Composes the passages of a pull request from the sentences of one real pull request, in new combinations.
 */
function openComposer(corpus: CorpusPassage[]): (pull: number) => string {
  const random = makeRandom('many passages')
  const byPull = new Map<string, string[]>()
  for (const { pullRequest, text } of corpus) {
    const sentences = byPull.get(pullRequest) ?? []
    byPull.set(pullRequest, sentences)
    sentences.push(...text.split(SENTENCE))
  }
  const models = [...byPull.values()]
  const all = models.flat()
  const lengths = corpus.map(({ text }) => text.split(SENTENCE).length)
  return (pull) => {
    const own = models[pull % models.length] as string[]
    const sentences = Array.from({ length: random.pick(lengths) }, () => {
      return random.pick(random.chance(OWN) ? own : all)
    })
    return sentences.join(' ')
  }
}

async function addRepository(pool: Pool, fullName: string): Promise<ReadableRepositoryId> {
  const { rows } = await pool.query<{ id: ReadableRepositoryId }>(
    `with i as (
       insert into installation (kind, external_id, account) values ('app', $1, $1) returning id)
     insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at)
     select id, $1, 1, $1, $1, '', 'PUBLIC', false, false, $2, $2, $2 from i returning id`,
    [fullName, MOMENT],
  )
  return rows[0]?.id as ReadableRepositoryId
}

async function addPullRequests(pool: Pool, repository: string, n: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into pull_request (repository_id, node_id, number, title, body, url, state, is_draft,
       author_association, created_at, updated_at, base_ref_name, base_ref_oid, head_ref_name,
       head_ref_oid, additions, deletions, changed_files, read_at)
     select $1, gen_random_uuid()::text, number, 'A change', '', '', 'OPEN', false, 'NONE', $2, $2,
       'main', '', 'topic', '', 1, 1, 1, $2
     from generate_series(1, $3::int) number order by number returning id`,
    [repository, MOMENT, n],
  )
  return rows.map(({ id }) => id)
}

async function addBatch(
  { pool, provider }: Making,
  batch: { repositoryId: string; spaceId: string; texts: string[]; of: string[] },
): Promise<void> {
  const { texts } = batch
  const tokens = texts.map(countTokens)
  const hashes = texts.map(contentHash)
  const { rows } = await pool.query<{ id: string }>(
    `insert into passage (repository_id, pull_request_id, kind, source_id, part, text, tokens, url,
       created_at, content_hash, read_at)
     select $1, pull, 'comment', gen_random_uuid()::text, 0, text, tokens, '', $2, hash, $2
     from unnest($3::bigint[], $4::text[], $5::int[], $6::bytea[]) with ordinality
       p (pull, text, tokens, hash, place)
     order by place returning id`,
    [batch.repositoryId, MOMENT, batch.of, texts, tokens, hashes],
  )
  const passages = rows.map(({ id }, index) => ({
    id,
    text: texts[index] as string,
    tokens: tokens[index] as number,
    contentHash: hashes[index] as Buffer,
  }))
  await passageVectors.save(pool, batch.spaceId, passages, await provider.embed(texts, signal))
}
