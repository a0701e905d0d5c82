import { fillCodeVectors } from '#app/code/generations/fill-vectors.ts'
import { followRepositories } from '#app/code/ingest/follow-repositories.ts'
import { openRecut } from '#app/code/ingest/recut.ts'
import { reindexDue } from '#app/code/ingest/reindex.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openReader } from '#app/database/reader.server.ts'
import { fillSpace } from '#app/embeddings/fill-space.ts'
import { indexSpace } from '#app/embeddings/index-space.ts'
import { outsideHost, resolveProvider } from '#app/embeddings/providers/resolve-provider.ts'
import { openGithub } from '#app/github/client.ts'
import type { StageName } from '#app/queues/stages.ts'
import { openCalibration } from '#app/search/fusion/calibrate.ts'
import { countWords } from '#app/search/text/count-words.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { knownItemsByWords } from '#app/search/text/rank-by-words.ts'
import { openQueryVectors } from '#app/search/vector/query-vector.ts'
import { eraseDue } from '#app/sync/leaving/erase-due.ts'
import { deleteUncachedRecords } from '#app/sync/records/retention.ts'
import { requestDueSyncs } from '#app/sync/requests/schedules.ts'
import { syncNewInstallations } from '#app/sync/requests/sync-new-installations.ts'
import { matchesAny } from '#app/sync/settings/repository-filter.ts'
import { initialItems } from '#app/sync/window/initial-items.ts'
import { handleDeliveries } from '#app/webhooks/handle-deliveries.ts'
import { openSweep } from '#app/webhooks/sweep/open-sweep.ts'
import { codeHandlers } from '#workers/code/index.ts'
import { embeddingHandlers } from '#workers/embedding/embedding-handlers.ts'
import { extractionHandlers } from '#workers/extraction/index.ts'
import type { Handlers } from '#workers/handlers.ts'
import type { PeriodicTask } from '#workers/index.ts'
import { transformHandlers } from '#workers/transform/index.ts'
import { openCode, tidyCode } from './code.ts'
import type { Services } from './services.ts'

/** Limits of reading that nobody waits for. */
const IN_BACKGROUND = { statementMs: 30_000, lockMs: 10_000 }
/** Pause before a failed call to GitHub is retried. */
const PAUSE_MS = 500

/**
 * Opens the sync pipeline: the handlers of the work items, the initial sync, and the periodic tasks.
 *
 * @param pauseMs pause before a failed call is retried; shortened by tests.
 */
export function openPipeline({ config, database, logger }: Services, pauseMs = PAUSE_MS) {
  const { pool } = database
  const provider = resolveProvider(config)
  const github = openGithub({ pool, config, logger })
  const code = openCode({ pool, config, logger })
  const handlers: Handlers = {
    ...extractionHandlers({ pool, github, pauseMs }),
    ...transformHandlers({ pool }),
    ...embeddingHandlers({ pool, config, provider }),
    ...codeHandlers({ ...code, pool, config, provider }),
  }
  const calibrate = openCalibration({
    database,
    lexical: knownItemsByWords(openReader(database, IN_BACKGROUND)),
    queryVector: openQueryVectors(config),
    outside: outsideHost(config) !== null,
    logger,
  })
  const following = { pool, logger, ...code, matches: matchesAny }
  const deliveries = openDeliveries({ pool, config, logger })
  const tasks: PeriodicTask[] = [
    { everyMs: 250, run: deliveries },
    { everyMs: 2_000, run: openSweep({ pool, config, logger }) },
    { everyMs: 5_000, run: () => requestDueSyncs(pool, logger) },
    { everyMs: 10_000, run: (signal) => fillSpace({ pool, config, provider, logger, signal }) },
    { everyMs: 60_000, run: (signal) => indexSpace({ database, logger, signal }) },
    { everyMs: 60_000, run: (signal) => fillWords(pool, signal) },
    { everyMs: 2_000, run: (signal) => countWords(pool, database.profile, signal) },
    { everyMs: 2_000, run: calibrate },
    { everyMs: 60_000, run: (signal) => deleteUncachedRecords(pool, signal) },
    { everyMs: 60_000, run: (signal) => eraseDue(pool, logger, signal) },
    { everyMs: 10_000, run: () => followRepositories(following) },
    { everyMs: 5_000, run: () => reindexDue(following) },
    { everyMs: 10_000, run: openRecut(following) },
    {
      everyMs: 60_000,
      run: (signal) => fillCodeVectors({ pool, config, provider, logger, signal }),
    },
    { everyMs: 60_000, run: (signal) => tidyCode(pool, code.clones, signal) },
    { everyMs: 300_000, run: () => syncNewInstallations(pool, config, logger) },
  ]
  return { handlers, initialItems, tasks }
}

/** Returns the task that handles webhook deliveries. */
function openDeliveries({
  pool,
  config,
  logger,
}: Pick<Services, 'config' | 'logger'> & { pool: Pool }) {
  const handling = {
    ...{ pool, logger },
    listInstallations: () => syncNewInstallations(pool, config, logger),
  }
  return async (signal: AbortSignal, push: (stages: StageName[]) => void) => {
    if (await handleDeliveries(handling, signal)) push(['extraction'])
  }
}
