import type { Pool } from '#app/database/pool.server.ts'
import { embedPassages, type Size } from '#app/embeddings/embed-passages.ts'
import type { EmbeddingProvider } from '#app/embeddings/providers/provider.ts'
import type { EmbeddingConfig } from '#app/embeddings/providers/resolve-provider.ts'
import { embeddingWeight } from '#app/embeddings/providers/weight.ts'
import { chooseSpace, noteHoles } from '#app/embeddings/spaces.ts'
import { passageVectors } from '#app/embeddings/vectors.ts'
import { hasBacklog } from '#app/ledger/batches.ts'
import type { ClaimedItem } from '#app/ledger/work-items.ts'
import type { Handler, Handlers } from '../handlers.ts'
import {
  type EmbeddingWork,
  type LoadWork,
  loadPullRequests,
  loadRepositories,
} from './load-work.ts'
import { outcomesOf } from './outcomes.ts'

export interface EmbeddingDeps {
  pool: Pool
  config: EmbeddingConfig
  provider: EmbeddingProvider | null
}

/** Returns the handlers that turn passages into vectors, for both steps of a sync. */
export function embeddingHandlers(
  deps: EmbeddingDeps,
): Pick<Handlers, Exclude<EmbeddingWork, 'github_code/embedding'>> {
  return {
    'github_repositories/embedding': embedWith(deps, loadRepositories),
    'github_prs_commits_reviews_comments/embedding': embedWith(deps, loadPullRequests),
  }
}

/**
 * Embeds the passages of the items that lack a vector in the chosen embedding space, packed into requests
 * across items. Vectors are committed per request, before the items settle, so a repeated item is a no-op.
 * The same holds for an item whose object was deleted, or whose passages an item of a newer snapshot has
 * embedded.
 */
export function embedWith<P extends EmbeddingWork>(
  { pool, config, provider }: EmbeddingDeps,
  load: LoadWork<P>,
  vectors = passageVectors,
): Handler<P> {
  return async (items, { signal, logger }) => {
    const choice = await chooseSpace(pool, config, provider)
    if (!choice.provider) {
      if (choice.hint)
        logger.warn({ hint: choice.hint }, `no passages are embedded: ${choice.reason}`)
      return async (tx) => {
        await noteHoles(tx, null)
        return items.map(() => ({ state: 'done' }))
      }
    }
    const work = await load(pool, items, choice)
    const { provider: chosen, space } = choice
    // What was loaded in part is sent, so that the next call finds the other part.
    const leavesRest = async (size: Size) =>
      !work.cut.includes(true) && isWorthWaiting(pool, items, size)
    const embedding = { pool, provider: chosen, spaceId: space.id, signal, leavesRest, vectors }
    const passages = [
      ...new Map(work.passages.flat().map((passage) => [passage.id, passage])).values(),
    ]
    const result = await embedPassages(embedding, passages)
    if (result.stopped)
      logger.warn({ err: result.stopped.error }, 'some passages could not be embedded')
    return async () => outcomesOf(items, work, result)
  }
}

/**
 * Returns true if passages that do not fill a request are put back, to fill one together with other pending
 * items. This terminates: either a request was sent, or the batch weighs less than before.
 */
async function isWorthWaiting(pool: Pool, items: ClaimedItem[], size: Size): Promise<boolean> {
  const thought = items.reduce((sum, { weight }) => sum + weight, 0)
  // The weights of items are rounded up, each by less than 1.
  const isLight = embeddingWeight(size.inputs, size.tokens) + items.length <= thought
  if (size.requests < 2 && !isLight) return false
  return hasBacklog(pool, items[0] as ClaimedItem)
}
