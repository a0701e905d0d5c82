import { fillSpace } from '#app/embeddings/fill-space.ts'
import { resolveProvider } from '#app/embeddings/provider.ts'
import { openGithub } from '#app/github/client.ts'
import { countWords } from '#app/search/count-words.ts'
import { fillWords } from '#app/search/fill-words.ts'
import { deleteUncachedRecords } from '#app/sync/retention.ts'
import { requestDueSyncs } from '#app/sync/schedules.ts'
import { seed } from '#app/sync/seed.ts'
import { welcomeInstallations } from '#app/sync/welcome.ts'
import { embeddingHandlers } from '#workers/embedding/embedding-handlers.ts'
import { extractionHandlers } from '#workers/extraction/index.ts'
import type { Handlers } from '#workers/handlers.ts'
import type { PeriodicTask } from '#workers/index.ts'
import { transformHandlers } from '#workers/transform/index.ts'
import type { Services } from './services.ts'

/** Before a call to GitHub that failed is made again. */
const PAUSE_MS = 500

/** The sync: what works off each place, what a run starts with, and what is done every now and then. */
export function openPipeline({ config, database, logger }: Services) {
  const { pool } = database
  const provider = resolveProvider(config)
  const github = openGithub({ pool, config, logger })
  const handlers: Handlers = {
    ...extractionHandlers({ pool, github, pauseMs: PAUSE_MS }),
    ...transformHandlers({ pool }),
    ...embeddingHandlers({ pool, config, provider }),
  }
  const tasks: PeriodicTask[] = [
    { everyMs: 5_000, run: () => requestDueSyncs(pool, logger) },
    { everyMs: 10_000, run: (signal) => fillSpace({ pool, config, provider, logger, signal }) },
    { everyMs: 60_000, run: (signal) => fillWords(pool, signal) },
    { everyMs: 2_000, run: (signal) => countWords(pool, database.profile, signal) },
    { everyMs: 60_000, run: () => deleteUncachedRecords(pool) },
    { everyMs: 300_000, run: () => welcomeInstallations(pool, config, logger) },
  ]
  return { handlers, seed, tasks }
}
