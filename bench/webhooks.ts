/** `npm run bench:webhooks`: how fast deliveries are stored, and how soon a comment can be found. */
import { randomUUID } from 'node:crypto'
import { startStandIn } from '#test/github/stand-in.ts'
import { makeClock } from '#test/github/world/clock.ts'
import {
  openAgent,
  SECRET,
  type Sent,
  sendDelivery,
  sendFlatOut,
  sendSteadily,
} from './webhooks/send-deliveries.ts'
import { type Started, startBare, startWhence } from './webhooks/start-servers.ts'
import { withDatabase } from './with-database.ts'

const PATH = '/webhooks/github'
const CONNECTIONS = 64
const ROUNDS = 5
const ROUND_MS = 4_000
const STEADY = { perSecond: 300, ms: 60_000 }
const BURST = 5_000
const COMMENTS = 30
const APP = { GITHUB_APP_ID: '1', GITHUB_WEBHOOK_SECRET: SECRET }

await withDatabase(async ({ config, database }) => {
  const environment = { DATABASE_URL: config.DATABASE_URL ?? '', REDIS_URL: config.REDIS_URL ?? '' }
  const stored = async () =>
    (await database.pool.query<{ all: number }>('select count(*)::int as all from delivery'))
      .rows[0]?.all ?? 0

  const key = { GITHUB_APP_PRIVATE_KEY: 'PRIVATE KEY' }
  const whence = await startWhence({ ...environment, ...APP, ...key })
  try {
    await measureRatio(whence)
    const before = await stored()
    const steady = await sendSteadily(whence.url + PATH, STEADY.perSecond, STEADY.ms)
    report(
      `${STEADY.perSecond} a second for ${STEADY.ms / 1000} s`,
      steady,
      (await stored()) - before,
    )
    const then = await stored()
    const agent = openAgent(Number.POSITIVE_INFINITY)
    const burst = await Promise.all(
      Array.from({ length: BURST }, () => sendDelivery(whence.url + PATH, agent)),
    )
    agent.destroy()
    report(`a burst of ${BURST}`, burst, (await stored()) - then)
  } finally {
    await whence.stop()
  }
  await database.pool.query('delete from delivery')
  await measureFreshness(environment)
}, 'writes')

/** Both servers in turn, each in a process of its own. */
async function measureRatio(whence: Started): Promise<void> {
  const bare = await startBare()
  const rounds: { whence: number; bare: number }[] = []
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({
      whence: await sendFlatOut(whence.url + PATH, CONNECTIONS, ROUND_MS),
      bare: await sendFlatOut(bare.url + PATH, CONNECTIONS, ROUND_MS),
    })
  await bare.stop()
  const ratio = median(rounds.map((one) => one.whence / one.bare))
  console.log(
    `acknowledgements a second: ${Math.round(median(rounds.map((one) => one.whence)))} stored, ${Math.round(median(rounds.map((one) => one.bare)))} by a bare server; ratio ${ratio.toFixed(2)}`,
  )
}

function report(name: string, sent: Sent[], stored: number): void {
  const times = sent.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0)
  const accepted = sent.filter(({ status }) => status === 202).length
  console.log(
    `${name}: ${sent.length} sent, ${accepted} accepted, ${accepted - stored} of them lost; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`,
  )
}

/** The time from a comment on GitHub until a search finds it. */
async function measureFreshness(environment: Record<string, string>): Promise<void> {
  const standIn = await startStandIn({ sources: [{ kind: 'demo' }], clock: makeClock() })
  const whence = await startWhence(
    {
      ...environment,
      GITHUB_API_URL: standIn.url,
      GITHUB_APP_ID: String(standIn.appId),
      GITHUB_APP_PRIVATE_KEY: standIn.privateKey,
      GITHUB_WEBHOOK_SECRET: SECRET,
      SYNC_HISTORY: 'all',
    },
    '--work',
  )
  try {
    await untilFound(whence.url, 'quay')
    Object.assign(standIn.hook.config, { url: whence.url + PATH, secret: SECRET })
    const times: number[] = []
    for (let at = 0; at < COMMENTS; at++) {
      const word = `zork${randomUUID().slice(0, 8)}`
      standIn.changes.comment({ pull: 'saltmarsh/quay#31', body: `Does the ${word} matter?` })
      const since = performance.now()
      await untilFound(whence.url, word)
      times.push(performance.now() - since)
    }
    times.sort((a, b) => a - b)
    const p95 = times[Math.ceil(times.length * 0.95) - 1] ?? 0
    console.log(
      `a comment can be found: p50 ${Math.round(median(times))} ms, p95 ${Math.round(p95)} ms (${COMMENTS} comments, idle)`,
    )
  } finally {
    await whence.stop()
    await standIn.stop()
  }
}

async function untilFound(url: string, word: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/search?q=${word}&limit=1`)
    const { hits } = (await response.json()) as { hits?: unknown[] }
    if (hits && hits.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
