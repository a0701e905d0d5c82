/** What is lost while web and workers are killed again and again. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Pool } from '#app/database/pool.server.ts'
import { startStandIn } from '#test/github/stand-in.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { SECRET } from './send-deliveries.ts'
import { startWhence } from './start-servers.ts'

const DELIVERIES = 2_000
const EVERY_MS = 2_000
const SEND_MS = 20

export async function measureKills(environment: Record<string, string>, pool: Pool): Promise<void> {
  const standIn = await startStandIn({ sources: [{ kind: 'demo' }], clock: makeClock() })
  const port = await freePort()
  const own = {
    ...{ PORT: String(port), GITHUB_API_URL: standIn.url, GITHUB_WEBHOOK_SECRET: SECRET },
    ...{ GITHUB_APP_ID: String(standIn.appId), GITHUB_APP_PRIVATE_KEY: standIn.privateKey },
    ...{ SYNC_HISTORY: 'all', ...environment },
  }
  await pool.query('delete from installation')
  const { repositories, pullRequests } = standIn.content({ account: 'saltmarsh' })
  const nameOf = new Map(repositories.map(({ id, name }) => [id, name]))
  const pulls = pullRequests.map((one) => `saltmarsh/${nameOf.get(one.repositoryId)}#${one.number}`)
  const first = await startWhence(own, '--work')
  await until(async () => (await count(pool, `select from run where state = 'finished'`)) > 0)
  await first.stop()
  Object.assign(standIn.hook.config, {
    url: `http://127.0.0.1:${port}/webhooks/github`,
    secret: SECRET,
  })
  let isSending = true
  const kills = killAgainAndAgain(own, () => isSending)
  for (let at = 0; at < DELIVERIES; at++) {
    standIn.changes.comment({ pull: pulls[at % pulls.length] as string, body: `Killed ${at}` })
    await pause(SEND_MS)
  }
  await standIn.hook.settled()
  isSending = false
  const killed = await kills
  const received = await count(pool, 'select from delivery')
  const since = performance.now()
  const last = await startWhence(own, '--work')
  const isDone = async () =>
    (await count(pool, `select from delivery where state <> 'pending'`)) >= DELIVERIES &&
    (await count(pool, `select from run where state in ('queued', 'running', 'paused')`)) === 0
  await until(isDone, 300_000)
  const stored = await count(pool, 'select from delivery')
  const comments = await count(pool, `select from comment where body like 'Killed %'`)
  console.log(
    `web and workers killed ${killed} times during ${DELIVERIES} deliveries: ${received} received, after ${Math.round((performance.now() - since) / 1000)} s of catching up ${DELIVERIES - stored} deliveries and ${DELIVERIES - comments} comments lost`,
  )
  await last.stop()
  await standIn.stop()
}

async function killAgainAndAgain(
  environment: Record<string, string>,
  goesOn: () => boolean,
): Promise<number> {
  let killed = 0
  while (goesOn()) {
    const whence = await startWhence(environment, '--work')
    await pause(EVERY_MS)
    await whence.kill()
    killed += 1
  }
  return killed
}

async function count(pool: Pool, rows: string): Promise<number> {
  return (await pool.query(rows)).rowCount
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function until(isTrue: () => Promise<boolean>, longestMs = 120_000): Promise<void> {
  const end = Date.now() + longestMs
  while (!(await isTrue())) {
    if (Date.now() > end) return
    await pause(200)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
