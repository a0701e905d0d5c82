/**
 * Code: clone → files → chunks → vectors, then the generation holds, and its commits are mapped to pull requests. The three stages are in one folder,
 * because nothing of GitHub's API is in them; they meet in the tables alone.
 */
import { chunkVectors } from '#app/code/generations/chunk-vectors.ts'
import type { ClaimedItem } from '#app/ledger/work-items.ts'
import { type EmbeddingDeps, embedWith } from '../embedding/embedding-handlers.ts'
import type { Handlers } from '../handlers.ts'
import { cloneRepository } from './clone-repository.ts'
import type { CodeDeps } from './context.ts'
import { divideFiles } from './divide-files.ts'
import { loadChunks } from './embed-chunks.ts'
import { listFiles } from './list-files.ts'
import { mapIngested } from './map-commits.ts'
import { publish } from './publish.ts'

type CodeWork = 'github_code/extraction' | 'github_code/transform' | 'github_code/embedding'

/** Returns the handlers of an ingest of code. */
export function codeHandlers(deps: CodeDeps & EmbeddingDeps): Pick<Handlers, CodeWork> {
  const { pool } = deps
  const embed = embedWith(deps, loadChunks, chunkVectors)
  return {
    'github_code/extraction': async (items, { signal, stopping, logger }) => {
      const { runId, payload } = only(items)
      const ending = AbortSignal.any([signal, stopping])
      return payload.kind === 'clone'
        ? cloneRepository(deps, runId, { signal: ending, logger })
        : listFiles(deps, { runId, after: payload.after }, ending)
    },
    'github_code/transform': (items, { signal, stopping }) =>
      divideFiles(deps, items, AbortSignal.any([signal, stopping])),
    'github_code/embedding': (items, context) => {
      const { signal, stopping } = context
      switch (items[0]?.payload.kind) {
        case 'publish':
          return publish(pool, only(items).runId, signal)
        case 'map':
          return mapIngested(deps, only(items).runId, AbortSignal.any([signal, stopping]))
        default:
          return embed(items, context)
      }
    },
  }
}

function only<Item extends ClaimedItem>(items: Item[]): Item {
  const [item] = items
  if (!item || items.length > 1) throw new Error(`One item at a time, not ${items.length}`)
  return item
}
