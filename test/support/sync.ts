import { operatorScope } from '#app/auth/scope.ts'
import type { Config } from '#app/config/env.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { isOpenRun } from '#app/database/predicates.ts'
import { refreshInstallations } from '#app/github/app/installations.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { requestSync, type SyncRequest } from '#app/sync/requests/request-sync.ts'
import { openPipeline } from '#server/services/pipeline.ts'
import type { Services } from '#server/services/services.ts'
import { startWorkers, type WorkerOptions } from '#workers/index.ts'
import type { StandIn } from '../github/stand-in.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'

const LONGEST_MS = 120_000
/** Pause before a retry; short, because waiting does not change the stand-in's answers. */
const PAUSE_MS = 20

/** Authenticates as the App, or with a personal token and these repositories. */
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
  /** Added to the settings for the stand-in GitHub. */
  config?: Partial<Config>
  slots?: WorkerOptions['slots']
  /** The services to use; by default new ones. */
  test?: TestServices
  /** Time limit of a sync, in milliseconds. */
  longestMs?: number
}

/** Creates the stand-in's installations, configured to sync the full history. */
async function setUp({ database, config, logger }: Services, as: As): Promise<void> {
  const { pool } = database
  await refreshInstallations(pool, config, logger)
  const repositories = as === 'app' ? {} : { repositories: as.repositories }
  await pool.query('update installation set settings = settings || $1', [
    JSON.stringify({ ...repositories, history: 'all' }),
  ])
}

/** Opens a Whence with workers that syncs from a stand-in GitHub into its own database. */
export async function openSync(standIn: StandIn, as: As, options: SyncOptions = {}) {
  const { slots = { extraction: 2, transform: 2, embedding: 1 }, longestMs = LONGEST_MS } = options
  const test = options.test ?? (await openTestServices())
  const services: Services = {
    ...test.services,
    config: { ...configFor(test.services.config, standIn, as), ...options.config },
  }
  const { pool } = services.database
  await setUp(services, as)
  const { handlers, initialItems } = openPipeline(services, PAUSE_MS)
  const workers = await startWorkers({
    ...services,
    handlers,
    initialItems,
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

  /** Requests a sync and waits for it to end. */
  async function sync(request: SyncRequest & { account?: string } = {}): Promise<Job> {
    const { account, ...rest } = request
    const { runId } = await requestSync(pool, await installation(account), 'manual', rest)
    return ended(runId)
  }

  async function ended(runId: string): Promise<Job> {
    const deadline = Date.now() + longestMs
    // Reading the entire job costs a tenth of a small sync's database time, so it is read once.
    while (await isOpen(pool, runId)) {
      if (Date.now() > deadline)
        throw new Error(`Still at work: ${JSON.stringify(await jobOf(runId), null, 1)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return jobOf(runId)
  }

  async function close(): Promise<void> {
    await workers.close()
    await test.close()
  }
  return { services, pool, installation, sync, ended, jobOf, close, [Symbol.asyncDispose]: close }
}

async function isOpen(pool: Pool, runId: string): Promise<boolean> {
  const { rowCount } = await pool.query(`select from run r where r.id = $1 and ${isOpenRun('r')}`, [
    runId,
  ])
  return rowCount > 0
}
