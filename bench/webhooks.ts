/**
 * `npm run bench:webhooks [-- PART…]`: how fast deliveries are stored, how soon a comment can be found, and what
 * kills lose.
 */
import type { Pool } from '#app/database/pool.server.ts'
import { measureDuringSync, measureIdle, measurePull } from './webhooks/freshness.ts'
import { measureKills } from './webhooks/kills.ts'
import {
  openAgent,
  SECRET,
  type Sent,
  sendDelivery,
  sendFlatOut,
  sendSteadily,
} from './webhooks/send-deliveries.ts'
import { type Started, startBare, startWhence } from './webhooks/start-servers.ts'
import { median } from './webhooks/times.ts'
import { withDatabase } from './with-database.ts'

const PATH = '/webhooks/github'
const CONNECTIONS = 64
const ROUNDS = 5
const ROUND_MS = 4_000
const STEADY = { perSecond: 300, ms: 60_000 }
const BURST = 5_000
type Environment = Record<string, string>

const APP = { GITHUB_APP_ID: '1', GITHUB_WEBHOOK_SECRET: SECRET }

/** Each on a database of its own. */
const PARTS: Record<string, (environment: Environment, pool: Pool) => Promise<void>> = {
  receiving: measureReceiving,
  idle: measureIdle,
  sync: measureDuringSync,
  pull: measurePull,
  kills: measureKills,
}

const asked = process.argv.slice(2)
for (const [name, measure] of Object.entries(PARTS))
  if (asked.length === 0 || asked.includes(name))
    await withDatabase(async ({ config, database }) => {
      const { DATABASE_URL = '', REDIS_URL = '' } = config
      await measure({ DATABASE_URL, REDIS_URL }, database.pool)
    }, 'writes')

async function measureReceiving(environment: Environment, pool: Pool): Promise<void> {
  const stored = async () =>
    (await pool.query<{ all: number }>('select count(*)::int as all from delivery')).rows[0]?.all ??
    0
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
}

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
