import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describeDifferences } from '#test/github/compare.ts'
import { startOpenaiStandIn } from '#test/openai/stand-in.ts'
import { testProfile } from '#test/services/setup.ts'
import { type Bench, differencesOf, generated, withBench } from './bench-sync.ts'
import { type Figure, type Group, none } from './figures.ts'

const SCRIPT = fileURLToPath(new URL('worker.ts', import.meta.url))
const PROCESSES = 2
const SLOTS = 2
/** Pause between two kills: about as long as a process takes to start working again. */
const PAUSE_MS = 2_500
const PAUSE_SPREAD_MS = 2_000

function startWorker(environment: Partial<NodeJS.ProcessEnv>): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', SCRIPT], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Runs workers that are killed with SIGKILL in turn and replaced. */
function startKilling(environment: Partial<NodeJS.ProcessEnv>, wanted: number) {
  const workers = Array.from({ length: PROCESSES }, () => startWorker(environment))
  let kills = 0
  let stopped = false
  async function kill(): Promise<void> {
    while (!stopped && kills < wanted) {
      await sleep(PAUSE_MS + Math.random() * PAUSE_SPREAD_MS)
      if (stopped) return
      const index = kills % PROCESSES
      workers[index]?.kill('SIGKILL')
      workers[index] = startWorker(environment)
      kills++
    }
  }
  const killing = kill()
  return {
    async stop(): Promise<number> {
      stopped = true
      await killing
      const active = workers.filter((worker) => worker.exitCode === null && !worker.killed)
      const ends = active.map((worker) => once(worker, 'exit'))
      for (const worker of active) worker.kill('SIGKILL')
      await Promise.all(ends)
      return kills
    },
  }
}

/** Counts the calls of which most texts had been paid for before. */
function repeatedCalls(requests: { inputs: string[] }[]): number {
  const seen = new Set<string>()
  let repeated = 0
  for (const { inputs } of requests) {
    if (inputs.filter((input) => seen.has(input)).length > inputs.length / 2) repeated++
    for (const input of inputs) seen.add(input)
  }
  return repeated
}

async function readKilling(
  { sync, standIn, names }: Bench,
  openai: Awaited<ReturnType<typeof startOpenaiStandIn>>,
  kills: number,
) {
  const environment = {
    DATABASE_URL: sync.services.config.DATABASE_URL,
    REDIS_URL: sync.services.config.REDIS_URL,
    GITHUB_API_URL: standIn.url,
    GITHUB_TOKEN: standIn.personalToken,
    OPENAI_BASE_URL: openai.url,
    WORKER_CONCURRENCY: String(SLOTS),
    LOG_LEVEL: 'silent',
  }
  const killing = startKilling(environment, kills)
  try {
    const job = await sync.sync({ mode: 'full' })
    const killed = await killing.stop()
    return { job, killed, differences: await differencesOf({ sync, standIn, names }) }
  } finally {
    await killing.stop()
  }
}

/** Counts the passages without a vector of their current text. */
async function unembedded({ sync }: Bench): Promise<number> {
  const { rows } = await sync.pool.query<{ count: number }>(
    `select count(*)::int as count from passage p
     where not exists (select from embedding e
       where e.passage_id = p.id and e.content_hash = p.content_hash)`,
  )
  return rows[0]?.count ?? 0
}

/** Workers that are killed in the middle of their work: the rows are equal, and little is paid for twice. */
export const kills: Group = {
  needsData: false,
  async measure(sizes, say) {
    if (testProfile() === 'embedded') {
      say('left out: the embedded profile has one process')
      return []
    }
    const openai = await startOpenaiStandIn()
    // This process only waits: the killed workers do all the work.
    const slots = { extraction: 0, transform: 0, embedding: 0 }
    const config = { OPENAI_BASE_URL: openai.url }
    const setting = { source: generated(sizes.pulls), as: 'token' as const }
    const figures = await withBench(
      { ...setting, options: { slots, config, longestMs: 30 * 60_000 } },
      async (bench): Promise<Figure[]> => {
        const { job, killed, differences } = await readKilling(bench, openai, sizes.kills)
        const again = repeatedCalls(openai.requests)
        const missing = await unembedded(bench)
        say(`${job.overall}, ${killed} kills, ${openai.requests.length} embedding calls`)
        if (differences.length > 0) say(describeDifferences(differences))
        const most = killed * SLOTS
        return [
          none(`differences of content after ${killed} kills`, differences.length),
          none('passages without their vector after it', missing),
          {
            what: 'extra embedding calls',
            must: `≤ ${most}`,
            aim: `≤ ${most}`,
            measured: `${again} (of ${openai.requests.length})`,
            met: again <= most ? 'aim' : 'no',
          },
        ]
      },
    )
    await openai.close()
    return figures
  },
}
