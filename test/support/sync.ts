import { operatorScope } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { requestSync, type SyncWish } from '#app/sync/requests/request-sync.ts'
import { openPipeline } from '#server/services/pipeline.ts'
import type { Services } from '#server/services/services.ts'
import { startWorkers, type WorkerOptions } from '#workers/index.ts'
import type { StandIn } from '../github/stand-in.ts'
import { openTestServices } from '../services/setup.ts'

const ENDED = new Set(['finished', 'finished_with_gaps', 'failed', 'cancelled'])
const LONGEST_MS = 120_000
/** Before a call that failed is made again: no answer of the stand-in gets better by waiting. */
const PAUSE_MS = 20

/** As the App, or with a person's token and these repositories. */
export type As = 'app' | { repositories: string[] }

function configFor(config: Config, standIn: StandIn, as: As): Config {
  const github =
    as === 'app'
      ? {
          kind: 'app' as const,
          appId: String(standIn.appId),
          privateKey: standIn.privateKey,
          webhookSecret: null,
        }
      : { kind: 'token' as const, token: standIn.personalToken }
  return { ...config, GITHUB_API_URL: standIn.url, github }
}

interface SyncOptions {
  /** Beside what GitHub's stand-in needs. */
  config?: Partial<Config>
  slots?: WorkerOptions['slots']
  /** How long a sync may take. */
  longestMs?: number
}

/** The installations of the stand-in, with everything as their history. */
async function setUp({ database, config, logger }: Services, as: As): Promise<void> {
  const { pool } = database
  await refreshInstallations(pool, config, logger)
  const repositories = as === 'app' ? {} : { repositories: as.repositories }
  await pool.query('update installation set settings = settings || $1', [
    JSON.stringify({ ...repositories, history: 'all' }),
  ])
}

/** A Whence with workers that reads a stand-in GitHub, on a database of its own. */
export async function openSync(standIn: StandIn, as: As, options: SyncOptions = {}) {
  const { slots = { extraction: 2, transform: 2, embedding: 1 }, longestMs = LONGEST_MS } = options
  const test = await openTestServices({ emptied: true })
  const services: Services = {
    ...test.services,
    config: { ...configFor(test.services.config, standIn, as), ...options.config },
  }
  const { pool } = services.database
  await setUp(services, as)
  const { handlers, seed } = openPipeline(services, PAUSE_MS)
  const workers = await startWorkers({
    ...services,
    handlers,
    seed,
    slots,
    timings: { sweep: 100 },
  })

  async function installation(account?: string): Promise<string> {
    const { rows } = await pool.query<{ id: string }>(
      `select id from installation where active and ($1::text is null or account = $1) order by id limit 1`,
      [account ?? null],
    )
    return rows[0]?.id as string
  }

  async function jobOf(runId: string): Promise<Job> {
    const [job] = await readJobs(pool, operatorScope(), { runId })
    if (!job) throw new Error(`There is no job ${runId}`)
    return job
  }

  /** Asks for a sync and waits for its end. */
  async function sync(wish: SyncWish & { account?: string } = {}): Promise<Job> {
    const { account, ...rest } = wish
    const { runId } = await requestSync(pool, await installation(account), 'manual', rest)
    return ended(runId)
  }

  async function ended(runId: string): Promise<Job> {
    const deadline = Date.now() + longestMs
    for (;;) {
      const job = await jobOf(runId)
      if (ENDED.has(job.overall)) return job
      if (Date.now() > deadline) throw new Error(`Still at work: ${JSON.stringify(job, null, 1)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async function close(): Promise<void> {
    await workers.close()
    await test.close()
  }
  return { services, pool, installation, sync, ended, jobOf, close, [Symbol.asyncDispose]: close }
}
