import type { Logger } from '#app/config/logger.server.ts'
import {
  type HeldProgress,
  holdProgress,
  noteProgress,
  releaseProgress,
} from '#app/database/held-progress.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { dropSpaces, listOthers } from './drop-spaces.ts'
import { embedPassages } from './embed-passages.ts'
import type { EmbeddingProvider } from './provider.ts'
import type { EmbeddingConfig } from './resolve-provider.ts'
import { activate, activeSpace, chooseSpace, noteHoles, type Space } from './spaces.ts'
import type { Passage } from './vectors.ts'

export interface Filling {
  pool: Pool
  config: EmbeddingConfig
  provider: EmbeddingProvider | null
  logger: Logger
  signal: AbortSignal
}

/**
 * How far a space is filled, as a row of `setting`: passages up to `after` are done, those beyond `upTo`
 * came when the space was wanted already, so the ledger sees to them. Whoever holds it works until its
 * time runs out or is put off with the next batch.
 */
interface Fill {
  after: string
  upTo: string
}

const PREFIX = 'embedding_fill.'
// Passages looked at in one go: enough to fill a request where all of them lack a vector.
const SCAN = 2_048

/**
 * Fills the wanted space with the vectors of all passages there were before it was wanted, makes it the
 * active one, and drops what was active before. Goes on where it was stopped, in one process at a time;
 * called every now and then, it does nothing when all is filled.
 */
export async function fillSpace(filling: Filling): Promise<void> {
  const { pool, config, provider, signal } = filling
  const choice = await chooseSpace(pool, config, provider)
  if (!choice.provider || signal.aborted) return
  const { space } = choice
  const active = await activeSpace(pool)
  if (space.filledAt && active?.id === space.id) return dropSpaces(pool, space.id, signal)
  const fill = await begin(pool, space)
  if (!fill) return
  try {
    await fillFrom({ ...filling, provider: choice.provider }, space, fill)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await releaseProgress(pool, fill)
  }
}

/** @returns null when another process is at it. */
async function begin(pool: Pool, space: Space): Promise<HeldProgress<Fill> | null> {
  await pool.query(
    `insert into setting (key, value)
     select $1, jsonb_build_object('after', '0', 'upTo', coalesce(max(id), 0)::text) from passage
     on conflict do nothing`,
    [PREFIX + space.id],
  )
  return holdProgress(pool, PREFIX + space.id)
}

async function fillFrom(
  filling: Filling & { provider: EmbeddingProvider },
  space: Space,
  fill: HeldProgress<Fill>,
): Promise<void> {
  const { pool, provider, logger, signal } = filling
  const log = logger.child({ space: space.id, model: space.model })
  // What is embedded from now on goes into this space alone.
  await noteHoles(pool, space)
  const { upTo } = fill.value
  for (let after = fill.value.after; ; ) {
    signal.throwIfAborted()
    const { last, missing } = await readBatch(pool, space.id, { after, upTo })
    if (last === null) break
    const embedding = { pool, provider, spaceId: space.id, signal }
    const { refused, stopped } = await embedPassages(embedding, missing)
    if (stopped)
      return log.warn(
        { err: stopped.error },
        'filling the embedding space is waiting for the provider',
      )
    if (refused.size > 0)
      log.warn(
        { refused: Object.fromEntries(refused) },
        'the provider refused passages; they have no vector',
      )
    after = last
    if (!(await noteProgress(pool, fill, { after }))) return
  }
  if (!(await noteProgress(pool, fill, { after: upTo }))) return
  await transaction(pool, (tx) => finish(tx, space))
  log.info('the embedding space is filled and active')
  await dropSpaces(pool, space.id, signal)
}

/** The next passages in order, and those of them that lack an up-to-date vector. */
async function readBatch(
  pool: Pool,
  spaceId: string,
  { after, upTo }: Fill,
): Promise<{ last: string | null; missing: Passage[] }> {
  // Null of one that has its vector, and of one that is gone by now.
  type Nothing = { id: string; contentHash: null; text: null; tokens: null }
  const { rows } = await pool.query<Passage | Nothing>(
    `with next as (
       select id, content_hash from passage where id > $2 and id <= $3 order by id limit $4
     ), look as (
       select next.id, e.content_hash is distinct from next.content_hash as missing
       from next left join embedding e on e.space_id = $1 and e.passage_id = next.id)
     select look.id, p.content_hash, p.text, p.tokens
     from look left join passage p on look.missing and p.id = look.id
     order by look.id`,
    [spaceId, after, upTo, SCAN],
  )
  return {
    last: rows.at(-1)?.id ?? null,
    missing: rows.filter((row) => row.text !== null),
  }
}

async function finish(tx: Queryable, space: Space): Promise<void> {
  await activate(tx, space)
  await tx.query('delete from setting where starts_with(key, $1)', [PREFIX])
  await listOthers(tx, space.id)
}
