import type { Logger } from '#app/config/logger.server.ts'
import {
  type HeldProgress,
  holdProgress,
  noteProgress,
  releaseProgress,
} from '#app/database/held-progress.server.ts'
import type { Pool, Queryable } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { ofConsenting } from './consent.ts'
import { dropSpaces, listOthers } from './drop-spaces.ts'
import { embedPassages } from './embed-passages.ts'
import type { EmbeddingProvider } from './providers/provider.ts'
import type { EmbeddingConfig } from './providers/resolve-provider.ts'
import { activate, activeSpace, chooseSpace, FILL_PREFIX, noteHoles, type Space } from './spaces.ts'
import type { Passage } from './vectors.ts'

export interface Filling {
  pool: Pool
  config: EmbeddingConfig
  provider: EmbeddingProvider | null
  logger: Logger
  signal: AbortSignal
}

/**
 * Progress of filling a space, stored in a row of `setting`. Passages up to `after` are done; those beyond
 * `upTo` were created after the space was, so the ledger embeds them. The holder works under a lease that
 * each batch renews.
 */
interface Fill {
  after: string
  upTo: string
}

// Passages read per query: enough to fill a request if none of them has a vector.
const SCAN = 2_048

/**
 * Fills the wanted space with the vectors of all passages that existed before it, makes it the active
 * space, and drops the previously active one. Resumes where it stopped, in one process at a time. Called
 * periodically; a no-op if everything is filled.
 */
export async function fillSpace(filling: Filling): Promise<void> {
  const { pool, config, provider, signal } = filling
  const choice = await chooseSpace(pool, config, provider)
  if (!choice.provider || signal.aborted) return
  const { space } = choice
  const active = await activeSpace(pool)
  if (space.filledAt && active?.id === space.id) return dropSpaces(pool, space.id, signal)
  const fill = await beginFill(pool, space)
  if (!fill) return
  try {
    await fillFrom({ ...filling, provider: choice.provider }, space, fill)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await releaseProgress(pool, fill)
  }
}

/** @returns null if another process is filling the space. */
async function beginFill(pool: Pool, space: Space): Promise<HeldProgress<Fill> | null> {
  await pool.query(
    `insert into setting (key, value)
     select $1, jsonb_build_object('after', '0', 'upTo', coalesce(max(id), 0)::text) from passage
     on conflict do nothing`,
    [FILL_PREFIX + space.id],
  )
  return holdProgress(pool, FILL_PREFIX + space.id)
}

async function fillFrom(
  filling: Filling & { provider: EmbeddingProvider },
  space: Space,
  fill: HeldProgress<Fill>,
): Promise<void> {
  const { pool, provider, logger, signal } = filling
  const log = logger.child({ space: space.id, model: space.model })
  // From now on, new vectors go into this space alone.
  await noteHoles(pool, space)
  const { upTo } = fill.value
  for (let after = fill.value.after; ; ) {
    signal.throwIfAborted()
    const outside = provider.outside !== null
    const { last, missing } = await nextPassages(pool, space.id, { after, upTo, outside })
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
  if (!(await transaction(pool, (tx) => finishFill(tx, space)))) return
  log.info('the embedding space is filled and active')
  await dropSpaces(pool, space.id, signal)
}

/**
 * Reads the next passages in order, and the content of those without an up-to-date vector that may be sent.
 */
async function nextPassages(
  pool: Pool,
  spaceId: string,
  { after, upTo, outside }: Fill & { outside: boolean },
): Promise<{ last: string | null; missing: Passage[] }> {
  // Null if the passage has its vector, or has been deleted meanwhile.
  type Nothing = { id: string; contentHash: null; text: null; tokens: null }
  const { rows } = await pool.query<Passage | Nothing>(
    `with next as (
       select id, content_hash from passage where id > $2 and id <= $3 order by id limit $4
     ), look as (
       select next.id, e.content_hash is distinct from next.content_hash as missing
       from next left join embedding e on e.space_id = $1 and e.passage_id = next.id)
     select look.id, p.content_hash, p.text, p.tokens
     from look left join passage p on look.missing and p.id = look.id
       and (not $5::boolean or ${ofConsenting('p.repository_id')})
     order by look.id`,
    [spaceId, after, upTo, SCAN, outside],
  )
  return {
    last: rows.at(-1)?.id ?? null,
    missing: rows.filter((row) => row.text !== null),
  }
}

/** @returns false if the progress was deleted meanwhile, so that the space has to be filled again. */
async function finishFill(tx: Queryable, space: Space): Promise<boolean> {
  const { rows } = await tx.query<{ key: string }>(
    'delete from setting where starts_with(key, $1) returning key',
    [FILL_PREFIX],
  )
  if (!rows.some(({ key }) => key === FILL_PREFIX + space.id)) return false
  await activate(tx, space)
  await listOthers(tx, space.id)
  return true
}
