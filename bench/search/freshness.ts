import type { CommentNode } from '#app/github/queries/conversation.ts'
import { commentNode, listOf, pullRequestNode } from '#test/support/nodes.ts'
import {
  addRepository,
  addRun,
  type Store,
  takeSnapshot,
  transform,
} from '#test/support/records.ts'
import { addInstallation } from '#test/support/rehearsal.ts'
import { type LargeWeb, quantile, withLargeWeb } from './large-web.ts'

/**
 * Measures the time from the transform's commit until a comment is found over HTTP among 200,000 passages,
 * for new comments and for edited ones by their new words. The first query must not find deleted text.
 *
 *   npm run bench:freshness     uses a new database on the server of DATABASE_URL; run `npm run build` first
 */
const COMMENTS = Number(process.env.COMMENTS ?? 100)
const GIVE_UP_MS = 20_000
const NUMBER = 1
const STAYS = commentNode(1_000_000)

interface Times {
  added: number[]
  edited: number[]
}

async function main(): Promise<void> {
  await withLargeWeb(async (web) => {
    const { database } = web.services
    const { pool } = database
    const installationId = await addInstallation(database)
    const store: Store = {
      ...{ pool, installationId, runId: await addRun(pool, installationId) },
      // The whole database is dropped after the bench.
      [Symbol.asyncDispose]: async () => {},
    }
    const write = writerOf(store, await addRepository(store))
    const times: Times = { added: [], edited: [] }
    const stale: string[] = []
    for (let index = 0; index < COMMENTS; index++) await follow(web, write, { index, times, stale })
    report('a new comment', times.added)
    report('an edited comment', times.edited)
    console.log(`found though it was edited away or deleted: ${stale.length} of ${2 * COMMENTS}`)
  })
}

type Write = (comments: CommentNode[]) => Promise<void>

/**
 * Returns a function that writes a snapshot. Each snapshot starts a minute after the previous one, so that
 * it takes effect. One comment always remains: a list that is suddenly empty is accepted only on the second
 * reading.
 */
function writerOf(store: Store, repositoryId: string): Write {
  let minute = 0
  return async (comments) => {
    minute++
    const startedAt = new Date(Date.UTC(2026, 0, 1, 0, minute))
    const node = pullRequestNode({ number: NUMBER, comments: listOf([STAYS, ...comments]) })
    const { recordIds } = await takeSnapshot(store, repositoryId, node, { startedAt })
    await transform(store, recordIds)
  }
}

/** Writes, edits and deletes one comment. */
async function follow(
  web: LargeWeb,
  write: Write,
  { index, times, stale }: { index: number; times: Times; stale: string[] },
): Promise<void> {
  const said = web.corpus[(index * 97) % web.corpus.length]?.text ?? ''
  const [first, second] = [`quokkafirst${index}x`, `quokkasecond${index}x`]
  await write([commentNode(index, { body: `${said}\n\n${first}` })])
  times.added.push(await untilFound(web, first))
  await write([commentNode(index, { body: `${said}\n\n${second}` })])
  const edited = performance.now()
  if (await isFound(web, first)) stale.push(first)
  const spent = performance.now() - edited
  times.edited.push(spent + (await untilFound(web, second)))
  await write([])
  if (await isFound(web, second)) stale.push(second)
}

async function untilFound(web: LargeWeb, word: string): Promise<number> {
  const begun = performance.now()
  while (!(await isFound(web, word)))
    if (performance.now() - begun > GIVE_UP_MS) throw new Error(`${word} is not found`)
  return performance.now() - begun
}

async function isFound({ ask }: LargeWeb, word: string): Promise<boolean> {
  const { status, body } = await ask(`why ${word}`)
  if (status !== 200) throw new Error(`${status} for ${word}`)
  return (body.hits ?? []).some(({ number, passages }) => {
    return number === NUMBER && passages.some(({ text }) => text.includes(word))
  })
}

function report(what: string, times: number[]): void {
  const [half, most] = [0.5, 0.95].map((share) => quantile(times, share).toFixed(0))
  console.log(
    `${what.padEnd(20)} p50 ${half} ms, p95 ${most} ms, at most ${Math.max(...times).toFixed(0)} ms`,
  )
}

await main()
process.exit(0)
