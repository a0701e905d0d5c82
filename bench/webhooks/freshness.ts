/** The time from a comment on GitHub until a search finds it. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Source } from '#test/github/sources/sources.ts'
import { type StandIn, startStandIn } from '#test/github/stand-in.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { SECRET } from './send-deliveries.ts'
import { type Started, startWhence } from './start-servers.ts'
import { reportTimes } from './times.ts'

type Environment = Record<string, string>

const PULLS = 5_000
const DEMO: Source = { kind: 'demo' }

interface World {
  standIn: StandIn
  whence: Started
}

async function within(
  environment: Environment,
  source: Source,
  work: (world: World) => Promise<void>,
): Promise<void> {
  const standIn = await startStandIn({ sources: [source], clock: makeClock() })
  const whence = await startWhence(
    {
      ...{ GITHUB_API_URL: standIn.url, GITHUB_APP_ID: String(standIn.appId) },
      ...{ GITHUB_APP_PRIVATE_KEY: standIn.privateKey, GITHUB_WEBHOOK_SECRET: SECRET },
      SYNC_HISTORY: 'all',
      ...environment,
    },
    '--work',
  )
  try {
    await work({ standIn, whence })
  } finally {
    await whence.stop()
    await standIn.stop()
  }
}

/** While nothing else is to be done. */
export function measureIdle(environment: Environment): Promise<void> {
  return within(environment, DEMO, async ({ standIn, whence }) => {
    await untilFound(whence.url, 'quay')
    hear(standIn, whence)
    const times: number[] = []
    for (let at = 0; at < 30; at++)
      times.push(await sayAndFind(standIn, whence, 'saltmarsh/quay#31'))
    reportTimes('idle', times)
  })
}

/** While the same installation is read for the first time. */
export function measureDuringSync(environment: Environment): Promise<void> {
  const source: Source = { kind: 'generated', login: 'acme', repositories: 1, pulls: PULLS }
  return within(environment, source, async ({ standIn, whence }) => {
    hear(standIn, whence)
    const pulls = namesOf(standIn, 'acme')
    await until(async () => (await jobOf(whence)).totalKnown)
    const times: number[] = []
    for (let at = 0; (await jobOf(whence)).overall === 'running' && at < 30; at++) {
      const pull = pulls[(at * 331) % pulls.length] as string
      times.push(await sayAndFind(standIn, whence, pull))
    }
    const { overall } = await jobOf(whence)
    reportTimes(`during a full sync of ${pulls.length} pull requests (then ${overall})`, times)
  })
}

/** In pull mode: the hook has an address that never answers, which GitHub gives up after ten seconds. */
export async function measurePull(environment: Environment): Promise<void> {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  await within(
    { ...environment, GITHUB_WEBHOOK_MODE: 'pull' },
    DEMO,
    async ({ standIn, whence }) => {
      await untilFound(whence.url, 'quay')
      Object.assign(standIn.hook.config, { url: `http://127.0.0.1:${port}/` })
      // A refresh for one comment would find the next of the same pull request too.
      const pulls = namesOf(standIn, 'saltmarsh')
      const found: Promise<number>[] = []
      for (let at = 0; at < 20; at++) {
        found.push(sayAndFind(standIn, whence, pulls[at] as string))
        await pause(3_000)
      }
      reportTimes('in pull mode', await Promise.all(found))
    },
  )
  silent.closeAllConnections()
  silent.close()
}

function hear(standIn: StandIn, whence: Started): void {
  Object.assign(standIn.hook.config, { url: `${whence.url}/webhooks/github`, secret: SECRET })
}

function namesOf(standIn: StandIn, account: string): string[] {
  const { repositories, pullRequests } = standIn.content({ account })
  const nameOf = new Map(repositories.map(({ id, name }) => [id, name]))
  return pullRequests.map((one) => `${account}/${nameOf.get(one.repositoryId)}#${one.number}`)
}

async function sayAndFind(standIn: StandIn, whence: Started, pull: string): Promise<number> {
  const word = `zork${randomUUID().slice(0, 8)}`
  standIn.changes.comment({ pull, body: `Does the ${word} matter?` })
  const since = performance.now()
  await untilFound(whence.url, word)
  return performance.now() - since
}

async function untilFound(url: string, word: string): Promise<void> {
  await until(async () => {
    const response = await fetch(`${url}/api/v1/search?q=${word}&limit=1`)
    const { hits } = (await response.json()) as { hits?: unknown[] }
    return Boolean(hits && hits.length > 0)
  })
}

interface JobFacts {
  overall: string
  totalKnown: boolean
}

async function jobOf(whence: Started): Promise<JobFacts> {
  const response = await fetch(`${whence.url}/api/v1/jobs`)
  const { jobs } = (await response.json()) as { jobs: (JobFacts & { mode: string })[] }
  return jobs.find(({ mode }) => mode !== 'targeted') ?? { overall: 'none', totalKnown: false }
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await pause(50)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
