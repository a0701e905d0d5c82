/** What `whence status` shows, here and elsewhere. */
import { z } from 'zod'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { isOperator } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { outsideHost } from '#app/embeddings/providers/resolve-provider.ts'
import { describeDatabase, describeQueue } from '#app/health/describe-services.ts'
import { readWorkers } from '#app/ledger/active-workers.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { STAGES } from '#app/queues/stages.ts'
import { addProgress, jobStatus } from './job-status.ts'
import { readSyncStatuses } from './sync-status.ts'

export const status = z.object({
  services: z
    .object({
      profile: z.enum(['embedded', 'external']),
      database: z.string().describe('In one line, as the queue.'),
      queue: z.string(),
      workers: z.array(
        z.object({
          host: z.string(),
          pid: z.number().int(),
          slots: z.record(z.enum(STAGES), z.number().int()),
        }),
      ),
    })
    .nullable()
    .describe('Null for everybody but the operator of the server.'),
  jobs: z.array(jobStatus),
  withheld: z
    .array(z.object({ installation: z.string(), from: z.string() }))
    .describe(
      'The installations whose texts may not be sent to the embedding provider, with its host.',
    ),
})
export type Status = z.infer<typeof status>

export async function readStatus(
  { run, scope }: Pick<ScopedReader, 'run' | 'scope'>,
  { config, logger }: { config: Config; logger: Logger },
): Promise<Status> {
  const queue = isOperator(scope) ? await describeQueue(config, logger) : null
  return run(async (db) => {
    const syncStatuses = await readSyncStatuses(db, scope, outsideHost(config))
    return {
      services: queue === null ? null : { queue, ...(await readServices(db, config)) },
      jobs: await addProgress(db, scope, await readJobs(db, scope)),
      withheld: syncStatuses.flatMap(({ installationId: installation, withheldFrom: from }) =>
        from === null ? [] : [{ installation, from }],
      ),
    }
  })
}

async function readServices(db: Queryable, config: Config) {
  const workers = await readWorkers(db)
  return {
    profile: config.profile.kind,
    database: await describeDatabase(db, config),
    workers: workers.map(({ host, pid, slots }) => ({ host, pid, slots })),
  }
}
