import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '#app/database/database.server.ts'
import { type StandIn, startStandIn } from '#test/github/stand-in.ts'
import { layWhence, makeFolder, startWhence } from '#test/services/whence.ts'
import { send } from '#test/support/send.ts'
import { atMost, type Figure, none } from '../sync/figures.ts'
import { worstTexts } from './worst-texts.ts'

const NOTE_SLIPS = new URL('./note-slips.mjs', import.meta.url).href
const OTHERS = Number(process.env.PULLS ?? 200)
/** A sync that takes longer is given up. */
const LONGEST_S = Number(process.env.LONGEST_S ?? 600)

/**
 * Measures a sync of a pull request with 100 comments, 100 reviews and 100 commits of the worst texts, among
 * others, in one process for web and workers: how late a timer of 50 ms is at the most, and who loses a lease.
 */
export async function worstRecord(): Promise<Figure[]> {
  const standIn = await startWorst()
  const laid = await layWhence(async () => null)
  const { folder, remove } = await makeFolder()
  const slips = join(folder, 'slips')
  const whence = startWhence(['serve', '--work', '--migrate'], {
    DATA_DIR: folder,
    ...laid.environment,
    GITHUB_API_URL: standIn.url,
    GITHUB_TOKEN: standIn.personalToken,
    SYNC_HISTORY: 'all',
    EMBEDDING_PROVIDER: process.env.EMBEDDING_PROVIDER ?? 'hash',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
    NODE_OPTIONS: `--import ${NOTE_SLIPS}`,
    SLIPS: slips,
  })
  try {
    const [url] = /http:\/\/\S+:\d+/.exec(await whence.says(/http:\/\/\S+:\d+/)) ?? []
    await sleep(3_000)
    whence.child.kill('SIGUSR2')
    const begun = Date.now()
    const hasEnded = await sync(url as string)
    const seconds = (Date.now() - begun) / 1_000
    whence.child.kill('SIGTERM')
    await whence.ended
    const lost = await laid.use(readLost)
    return [
      atMost('300 worst texts: longest slip of a 50 ms timer, ms', longestSince(slips, begun), {
        ...{ must: 250, aim: 100, digits: 0 },
        note: hasEnded ? `${lost.passages} passages in ${seconds.toFixed(0)} s` : 'never ended',
      }),
      none('300 worst texts: leases lost', lost.leases),
      none('300 worst texts: items that failed', lost.failed),
    ]
  } finally {
    whence.child.kill('SIGKILL')
    await whence.ended
    await standIn.stop()
    await laid.remove()
    await remove()
  }
}

async function startWorst(): Promise<StandIn> {
  const until = new Date('2026-01-01T00:00:00Z')
  const source = { kind: 'generated', login: 'acme', pulls: OTHERS, until } as const
  const standIn = await startStandIn({ sources: [source], limits: { graphql: 10_000_000 } })
  const [repository] = standIn.world.repositories.values()
  const name = `acme/${repository?.name}`
  const { number } = standIn.changes.openPull({ repository: name, title: 'The worst texts' })
  const pull = `${name}#${number}`
  const texts = worstTexts(300)
  for (const body of texts.slice(0, 100)) standIn.changes.comment({ pull, body })
  for (const body of texts.slice(100, 200)) standIn.changes.review({ pull, body })
  for (const message of texts.slice(200)) standIn.changes.push({ pull, message })
  return standIn
}

/** @returns false if it did not end in time. */
async function sync(url: string): Promise<boolean> {
  const headers = { origin: url, 'content-type': 'application/json' }
  const body = JSON.stringify({ mode: 'full', repositories: ['acme/*'] })
  const deadline = Date.now() + LONGEST_S * 1_000
  let begun = false
  while (Date.now() < deadline) {
    if (!begun) begun = (await send(`${url}/api/v1/jobs`, headers, 'POST', body)).status === 202
    await sleep(1_000)
    const answer = await send(`${url}/api/v1/jobs`)
    if (!begun || answer.status !== 200) continue
    const states: string[] = JSON.parse(answer.body).jobs.map(
      ({ overall }: { overall: string }) => overall,
    )
    if (states.every((state) => /^(finished|failed|cancelled|ready)/.test(state))) return true
  }
  return false
}

async function readLost({ pool }: Database) {
  const { rows } = await pool.query<{ leases: number; failed: number; passages: number }>(
    `select (select coalesce(sum(times), 0)::int from run_event where kind = 'lease_lost') as leases,
       (select count(*)::int from work_item where state = 'failed') as failed,
       (select count(*)::int from passage) as passages`,
  )
  return rows[0] as (typeof rows)[number]
}

/** Returns the longest slip after this time, in milliseconds. */
function longestSince(path: string, begun: number): number {
  if (!existsSync(path)) return 0
  const noted = readFileSync(path, 'utf8').trim().split('\n')
  const slips = noted.map((line) => line.split(' ').map(Number) as [number, number])
  return Math.max(0, ...slips.filter(([at]) => at >= begun).map(([, slip]) => slip))
}
