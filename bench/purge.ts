import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { beginErasure, eraseRepository } from '#app/sync/leaving/erase-repository.ts'
import { describeRows } from '#app/sync/leaving/erased-rows.ts'
import { readJudged } from './search/corpus.ts'
import { DATA, type LargeWeb, quantile, withLargeWeb } from './search/large-web.ts'

/**
 * Measures the purge of a repository with PULLS pull requests (100,000 by default), ten passages each: its
 * time, the longest transaction, which bounds the time that anybody waits for a lock, and how long searches
 * of another repository take meanwhile.
 *
 *   npm run bench:purge     uses a new database on the server of DATABASE_URL; run `npm run build` first
 */
const PULLS = Number(process.env.PULLS ?? 100_000)
const QUERIES = 200
const PURGED = 'bench/repository-2'
const OTHER = 'bench/repository-1'
/** The third repository has nine tenths of the passages, ten for each pull request. */
const PASSAGES = Math.ceil((PULLS * 10) / 0.9)

async function main(): Promise<void> {
  await withLargeWeb(async (web) => {
    const { pool } = web.services.database
    const id = await addConversations(pool)
    const queries = readJudged(DATA)
      .filter(({ by }) => by === 'title')
      .map(({ text }) => `repo:${OTHER} ${text}`)
    await searchFor(web, queries, QUERIES)
    const before = await searchFor(web, queries, QUERIES)
    const batches: number[] = []
    const began = performance.now()
    const done = purge(pool, id, batches)
    const during = await searchUntil(web, queries, done)
    const rows = await done
    const seconds = (performance.now() - began) / 1000
    console.log(`erased ${describeRows(rows)} in ${seconds.toFixed(0)} s`)
    console.log(`longest transaction of ${batches.length}: ${Math.max(...batches).toFixed(0)} ms`)
    report('searches before', before)
    report('searches meanwhile', during)
    console.log(`p95 ratio: ${(quantile(during, 0.95) / quantile(before, 0.95)).toFixed(2)}`)
  }, PASSAGES)
}

/** Adds a snapshot with a raw record, two comments and a review to each pull request of the repository. */
async function addConversations(pool: Pool): Promise<string> {
  const from = `from pull_request p join repository r on r.id = p.repository_id where r.full_name = $1`
  await pool.query(
    `with s as (
       insert into snapshot (run_id, repository_id, node_id, started_at, state, open_parts)
       select 1, p.repository_id, p.node_id, now(), 'complete', 0 ${from} returning id, repository_id)
     insert into raw_record (repository_id, snapshot_id, kind, shape, body, read_at)
     select repository_id, id, 'pull_request', 2,
       json_build_object('body', (select string_agg(md5(random()::text || n), ' ') from generate_series(1, 100) n)),
       now() from s`,
    [PURGED],
  )
  await pool.query(
    `insert into comment (node_id, repository_id, pull_request_id, author_association, body, url,
       created_at, updated_at, read_at)
     select gen_random_uuid()::text, p.repository_id, p.id, 'NONE', 'A comment', '', now(), now(), now()
     from generate_series(1, 2), pull_request p join repository r on r.id = p.repository_id
     where r.full_name = $1`,
    [PURGED],
  )
  await pool.query(
    `insert into review (node_id, repository_id, pull_request_id, author_association, state, body, url,
       created_at, updated_at, read_at)
     select gen_random_uuid()::text, p.repository_id, p.id, 'NONE', 'APPROVED', 'Fine', '', now(), now(),
       now() ${from}`,
    [PURGED],
  )
  await pool.connections.query('vacuum analyze')
  const { rows } = await pool.query<{ id: string }>(
    'select id from repository where full_name = $1',
    [PURGED],
  )
  return rows[0]?.id as string
}

async function purge(pool: Pool, id: string, batches: number[]) {
  await transaction(pool, (tx) => beginErasure(tx, id, 'removed'))
  return eraseRepository(pool, id, { measured: (ms) => batches.push(ms) })
}

async function searchFor(web: LargeWeb, queries: string[], count: number): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index++)
    times.push((await web.ask(queries[index % queries.length] as string)).ms)
  return times
}

async function searchUntil(
  web: LargeWeb,
  queries: string[],
  done: Promise<unknown>,
): Promise<number[]> {
  const times: number[] = []
  let ended = false
  void done.finally(() => {
    ended = true
  })
  for (let index = 0; !ended; index++)
    times.push((await web.ask(queries[index % queries.length] as string)).ms)
  return times
}

function report(what: string, times: number[]): void {
  const [median, p95] = [quantile(times, 0.5), quantile(times, 0.95)]
  console.log(`${what} (${times.length}): median ${median.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms`)
}

await main()
