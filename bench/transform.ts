import { existsSync } from 'node:fs'
import { createLogger } from '#app/config/logger.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { resolveProvider } from '#app/embeddings/providers/resolve-provider.ts'
import type { ClaimedItem, NewItem } from '#app/ledger/work-items.ts'
import { BATCH_WEIGHT } from '#app/queues/stages.ts'
import { readRawRecords } from '#app/sync/records/raw-records.ts'
import { mergeRows, type Rows, writeRows } from '#app/sync/tables/rows.ts'
import { rowsOfRecords } from '#app/sync/tables/rows-of-records.ts'
import { readSnapshots } from '#app/sync/window/snapshots.ts'
import type { Source } from '#test/github/sources/sources.ts'
import { startStandIn } from '#test/github/stand-in.ts'
import { takePulls } from '#test/github/take-pulls.ts'
import { repositoryNode } from '#test/support/nodes.ts'
import { addRepository, type Store, takeSnapshot, transform } from '#test/support/records.ts'
import { embeddingHandlers } from '#workers/embedding/embedding-handlers.ts'
import { copyIn, copyOut } from './copy.ts'
import { withDatabase } from './with-database.ts'

/**
 * Measures GitHub rows per second: from raw records through the transform stage and the `hash` provider,
 * and as bare upserts of which half are inserts and half are updates, both against COPY of the same rows
 * into the same tables.
 *
 *   npm run bench:transform                   uses a new database on the server of DATABASE_URL
 *   PULLS=5000 ROUNDS=5 npm run bench:transform    a generated organisation instead of the real data
 */
const BATCH = 50
const EMBEDDING = 'github_prs_commits_reviews_comments/embedding'
type Embedding = NewItem<typeof EMBEDDING>
const SLOTS = Number(process.env.SLOTS ?? 4)
const ROUNDS = Number(process.env.ROUNDS ?? 5)
const DATA = '../shared/data/github'
const TABLES = [
  'github_user',
  'pull_request',
  'commit',
  'pull_request_commit',
  'review',
  'review_thread',
  'review_comment',
  'comment',
]

interface Bench {
  store: Store
  recordIds: string[]
  rows: number
  /** Output of COPY for each table, in the order of `TABLES`. */
  copies: Buffer[]
}

async function main(): Promise<void> {
  await withDatabase(async ({ database }) => measure(await prepare(database.pool)), 'writes')
}

async function prepare(pool: Pool): Promise<Bench> {
  const { rows } = await pool.query<{ installation: string; run: string }>(
    `with i as (
       insert into installation (kind, external_id, account) values ('app', 'bench', 'bench') returning id
     ), r as (
       insert into run (installation_id, mode, trigger, state, request)
       select id, 'full', 'cli', 'finished', '{"mode": "full", "since": "all"}' from i returning id)
     select i.id as installation, r.id as run from i, r`,
  )
  const store: Store = {
    pool,
    installationId: rows[0]?.installation as string,
    runId: rows[0]?.run as string,
    [Symbol.asyncDispose]: async () => {},
  }
  const recordIds = await storeRecords(store)
  await transformAndEmbed(store, recordIds)
  const copies: Buffer[] = []
  let count = 0
  for (const table of TABLES) {
    copies.push(await copyOut(pool, table))
    const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from ${table}`)
    count += rows[0]?.n ?? 0
  }
  return { store, recordIds, rows: count, copies }
}

async function storeRecords(store: Store): Promise<string[]> {
  const pulls = process.env.PULLS ? Number(process.env.PULLS) : null
  const source: Source =
    pulls === null && existsSync(DATA)
      ? { kind: 'archives', path: DATA }
      : { kind: 'generated', login: 'acme', pulls: pulls ?? 1000, until: new Date('2026-01-01') }
  const standIn = await startStandIn({ sources: [source], limits: { graphql: 10_000_000 } })
  const pages: string[] = []
  const rest: string[] = []
  for (const { id, name } of standIn.world.repositories.values()) {
    const repositoryId = await addRepository(store, repositoryNode({ id, name }))
    for (const pull of await takePulls(standIn, id)) {
      const [first, ...more] = (await takeSnapshot(store, repositoryId, pull)).recordIds
      pages.push(first as string)
      rest.push(...more)
    }
  }
  await standIn.stop()
  return [...pages, ...rest]
}

/** Runs both stages concurrently, as in a run: vectors are computed as soon as a request is full. */
async function transformAndEmbed(store: Store, recordIds: string[]): Promise<void> {
  const batches: string[][] = []
  for (let start = 0; start < recordIds.length; start += BATCH)
    batches.push(recordIds.slice(start, start + BATCH))
  const embed = openEmbedding(store)
  const embedded: Promise<void>[] = []
  let waiting: Embedding[] = []
  await inSlots(batches, async (batch) => {
    const outcomes = await transform(store, batch)
    const followUps = outcomes.flatMap((one) => ('followUps' in one && one.followUps) || [])
    waiting.push(...followUps.filter((item) => item.place === EMBEDDING))
    const requests = packed(waiting)
    waiting = requests.pop() ?? []
    embedded.push(...requests.map(embed))
  })
  await Promise.all([...embedded, ...packed(waiting).map(embed)])
}

function openEmbedding(store: Store): (batch: Embedding[]) => Promise<void> {
  const config = { EMBEDDING_PROVIDER: 'hash' } as const
  const handlers = embeddingHandlers({
    pool: store.pool,
    config,
    provider: resolveProvider(config),
  })
  const { signal } = new AbortController()
  const context = { logger: createLogger('silent'), signal, stopping: signal }
  return async (batch) => {
    const claimed = batch.map((item) => claimedItem(store, item))
    const settle = await handlers[EMBEDDING](claimed, context)
    const outcomes = await transaction(store.pool, settle)
    if (outcomes.some(({ state }) => state !== 'done')) throw new Error('Not all was embedded')
  }
}

function packed(items: Embedding[]): Embedding[][] {
  const batches: Embedding[][] = []
  let room = 0
  for (const item of items) {
    const weight = item.weight ?? 1
    if (weight > room) {
      batches.push([])
      room = BATCH_WEIGHT.embedding
    }
    batches.at(-1)?.push(item)
    room -= weight
  }
  return batches
}

function claimedItem(
  { runId, installationId }: Store,
  item: Embedding,
): ClaimedItem<typeof EMBEDDING> {
  const { place, key, payload, weight = 1 } = item
  const fresh = { priority: 2, attempts: 0, lostLeases: 0, reread: false } as const
  return { id: key, runId, installationId, place, key, payload, weight, ...fresh }
}

/** Processes the batches in concurrent slots: each slot takes the next batch when it is done with one. */
async function inSlots<Batch>(
  batches: Batch[],
  work: (batch: Batch) => Promise<void>,
): Promise<void> {
  const left = [...batches]
  async function run(): Promise<void> {
    for (let batch = left.shift(); batch; batch = left.shift()) await work(batch)
  }
  await Promise.all(Array.from({ length: SLOTS }, run))
}

async function measure(bench: Bench): Promise<void> {
  const { store, rows, recordIds } = bench
  console.log(`raw records           ${recordIds.length}, in batches of ${BATCH}, ${SLOTS} slots`)
  console.log(`rows of GitHub        ${rows}`)
  const rates: Record<'copy' | 'transform and hash' | 'upserts', number[]> = {
    copy: [],
    'transform and hash': [],
    upserts: [],
  }
  for (let round = 1; round <= ROUNDS; round++) {
    await emptyTables(store)
    rates.copy.push(rows / (await seconds(() => copyAll(bench))))
    await emptyTables(store)
    await reopenSnapshots(store)
    const transformed = await seconds(() => transformAndEmbed(store, recordIds))
    rates['transform and hash'].push(rows / transformed)
    await halve(store)
    rates.upserts.push(rows / (await upsertAll(bench)))
    const summary = Object.entries(rates).map(
      ([name, all]) => `${name} ${Math.round(all.at(-1) ?? 0)}/s`,
    )
    console.log(`round ${round}: ${summary.join(', ')}`)
  }
  const copy = median(rates.copy)
  for (const [name, all] of Object.entries(rates)) {
    const ratios = all.map((rate, round) => rate / (rates.copy[round] as number))
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((one) => one.toFixed(2))
    const middle = median(all)
    const ratio = `ratio ${(middle / copy).toFixed(2)}, by round ${least} to ${most}`
    console.log(`${`${name}, median`.padEnd(28)}${Math.round(middle)} rows/s, ${ratio}`)
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

function emptyTables({ pool }: Store): Promise<unknown> {
  return pool.query(`truncate ${TABLES.join(', ')}, passage, embedding, gap, tombstone cascade`)
}

async function copyAll({ store, copies }: Bench): Promise<void> {
  for (const [index, table] of TABLES.entries())
    await copyIn(store.pool, table, copies[index] as Buffer)
}

/** Resets the snapshots to their state before their first record was transformed. */
async function reopenSnapshots({ pool }: Store): Promise<void> {
  await pool.query(
    `update snapshot s set state = 'open', ended_at = null, passages_changed = false,
       open_parts = (select count(*) from raw_record r where r.snapshot_id = s.id)`,
  )
  await pool.connections.query('vacuum analyze snapshot')
}

/** Deletes every other pull request, and changes the others to an earlier reading with different text. */
async function halve({ pool }: Store): Promise<void> {
  await pool.query('delete from pull_request where id % 2 = 0')
  await pool.query(
    `delete from commit c where not exists (select from pull_request_commit h where h.oid = c.oid)`,
  )
  for (const table of TABLES)
    await pool.query(`update ${table} set read_at = read_at - interval '1 day'`)
  for (const table of ['pull_request', 'review', 'review_comment', 'comment'])
    await pool.query(`update ${table} set body = body || ' changed'`)
  await pool.connections.query(`vacuum analyze ${TABLES.join(', ')}`)
}

/** @returns the seconds spent on upserts, without the time for building rows from records. */
async function upsertAll({ store: { pool }, recordIds }: Bench): Promise<number> {
  let spent = 0
  for (let start = 0; start < recordIds.length; start += BATCH) {
    const { rows, nodeIds } = await rowsOfBatch(pool, recordIds.slice(start, start + BATCH))
    spent += await seconds(() => transaction(pool, (tx) => writeRows(tx, rows, nodeIds)))
  }
  return spent
}

async function rowsOfBatch(
  pool: Pool,
  recordIds: string[],
): Promise<{ rows: Rows; nodeIds: string[] }> {
  const records = await readRawRecords(pool, recordIds)
  const ids = [...new Set(records.flatMap((record) => record.snapshotId ?? []))]
  const snapshots = await readSnapshots(pool, ids)
  const built = await rowsOfRecords(records, new Map(snapshots.map((one) => [one.id, one])))
  const rows = { ...mergeRows(built.map((one) => one.rows)), passages: [] }
  return { rows, nodeIds: snapshots.map((one) => one.nodeId) }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number
}

await main()
process.exit(0)
