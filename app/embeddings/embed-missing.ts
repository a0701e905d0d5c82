import type { Logger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { ofConsenting } from './consent.ts'
import { embedPassages } from './embed-passages.ts'
import type { EmbeddingProvider } from './providers/provider.ts'
import type { EmbeddingConfig } from './providers/resolve-provider.ts'
import { chooseSpace } from './spaces.ts'
import type { Passage } from './vectors.ts'

/** Passages read per query. */
const SCAN = 2_048

interface MissingVectors {
  pool: Pool
  config: EmbeddingConfig
  provider: EmbeddingProvider | null
  logger: Logger
  signal: AbortSignal
}

/**
 * Embeds every passage that has no vector of its current text, one request at a time.
 *
 * @returns the number of embedded passages.
 * @throws the provider's error; vectors that were already saved are kept.
 */
export async function embedMissing(missing: MissingVectors): Promise<number> {
  const { pool, config, signal } = missing
  const choice = await chooseSpace(pool, config, missing.provider)
  if (!choice.provider) return 0
  const { provider, space } = choice
  let embedded = 0
  for (let after = '0'; ; ) {
    signal.throwIfAborted()
    const { rows } = await pool.query<Passage>(
      `select p.id, p.content_hash, p.text, p.tokens
       from passage p left join embedding e on e.space_id = $1 and e.passage_id = p.id
       where p.id > $2 and e.content_hash is distinct from p.content_hash
         and (not $4::boolean or ${ofConsenting('p.repository_id')})
       order by p.id limit $3`,
      [space.id, after, SCAN, provider.outside !== null],
    )
    const last = rows.at(-1)
    if (!last) return embedded
    const { refused, stopped } = await embedPassages(
      { pool, provider, spaceId: space.id, signal },
      rows,
    )
    if (stopped) throw stopped.error
    embedded += rows.length - refused.size
    after = last.id
  }
}
