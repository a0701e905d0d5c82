/**
 * Measures the way from commits and lines to pull requests, on clones with the heads of their pull requests.
 *
 *   npm run bench:why -- [data=FOLDER] owner/name=FOLDER…
 *
 * Where the folder of data (`../shared/data`) has the truth for a repository, its lines are looked up, too. Elsewhere every pull request
 * counts as merged, and what the messages on the chain of first parents name as the truth.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv } from 'node:process'
import { gunzipSync } from 'node:zlib'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { openReaders, type ScopedReader } from '#app/auth/readers.server.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { blameLines } from '#app/code/blame/blame-lines.ts'
import { findInside, readPullFile } from '#app/code/blame/find-inside.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import { type Clone, readClone } from '#app/code/git/read-clone.ts'
import { runGit } from '#app/code/git/run-git.ts'
import { findPullRequests, type Origin } from '#app/code/history/find-pull-requests.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openWhy } from '#app/why/explain-lines.ts'
import { layCode } from '#test/support/code/lay-code.ts'
import { addPull, addRepository, insert } from '#test/support/laid-rows.ts'
import { mapCommits } from '#workers/code/map-commits.ts'
import { withDatabase } from '../with-database.ts'

const DATA =
  argv.find((given) => given.startsWith('data='))?.slice('data='.length) ?? '../shared/data'
const NEW_COMMITS = 100
const SQUASHES = 60
const FILES = 40
const DATA_DIR = mkdtempSync(join(tmpdir(), 'whence-bench-'))
const signal = new AbortController().signal

interface Bench {
  pool: Pool
  repositoryId: ReadableRepositoryId
  fullName: string
  folder: string
  clone: Clone
}

await withDatabase(async ({ database }) => {
  const { pool } = database
  const account = { kind: 'app', external_id: '1', account: 'bench' }
  const installation = await insert(pool, 'installation', account)
  for (const given of argv
    .slice(2)
    .filter((one) => one.includes('/') && !one.startsWith('data='))) {
    const [fullName = '', source = ''] = given.split('=')
    const repositoryId = (await addRepository(pool, installation, fullName)) as ReadableRepositoryId
    await layCode(pool, {
      ...{ installation, repository: repositoryId, fullName, files: {} },
      dataset: fullName.split('/')[1] ?? '',
    })
    const folder = await copyClone(source, cloneKey(installation, fullName))
    const clone = withoutMissing(readClone(folder, { treeEntries: 1e6, blobBytes: 1e6 }, signal))
    const bench = { pool, repositoryId, fullName, folder, clone }
    console.log(`\n${fullName}`)
    const truth = await addPulls(bench)
    await measureMapping(bench)
    if (truth) await measureTruth(bench, truth)
    await measureNamed(bench)
    await measureSquashes(bench)
    await measureWhy(bench, openReaders(database)(operatorScope()))
  }
})
rmSync(DATA_DIR, { recursive: true })
process.exit()

/** Copies a mirror to where Whence keeps clones, with the index of commits that it writes. */
async function copyClone(source: string, key: string): Promise<string> {
  const folder = join(DATA_DIR, 'clones', `${key}.git`)
  cpSync(source, folder, { recursive: true })
  const args = ['commit-graph', 'write', '--reachable', '--changed-paths', '--no-progress']
  await runGit({ folder, args, signal })
  return folder
}

/** Asks why of a line in each of many files, for the first time and again. */
async function measureWhy({ fullName, folder }: Bench, reader: ScopedReader): Promise<void> {
  const args = ['ls-tree', '-r', '-z', '--name-only', 'HEAD']
  const all = (await runGit({ folder, args, signal })).split('\0').filter(Boolean)
  const step = Math.max(1, Math.floor(all.length / FILES))
  const why = openWhy({ DATA_DIR })
  const [first, again]: [number[], number[]] = [[], []]
  for (const path of all.filter((_, index) => index % step === 0)) {
    const lines = { from: 5, to: 5 }
    const ask = async () =>
      void (await why(reader, { repository: fullName, ref: null, path, lines }))
    try {
      first.push(await timed(ask))
      again.push(await timed(ask))
    } catch (error) {
      if ((error as Error).name !== 'RefusedError') print('left out', (error as Error).message)
    }
  }
  print(`why of one line, first, of ${first.length}`, spread(first))
  print('why of one line, again', spread(again))
}

/** A mirror may lack its largest files: their changes have no patch id. */
function withoutMissing(clone: Clone): Clone {
  const patchIds: Clone['patchIds'] = async (patches) => {
    try {
      return await clone.patchIds(patches)
    } catch {
      if (patches.length < 2) return new Map()
      const half = patches.length >> 1
      const parts = [patches.slice(0, half), patches.slice(half)]
      const found: [string, string][] = []
      for (const part of parts) found.push(...(await patchIds(part)))
      return new Map(found)
    }
  }
  return { ...clone, patchIds }
}

interface Truth {
  lines: { oid: string; pull: number }[]
}

/** Lays the pull requests of a repository. @returns the truth about lines, where there is one. */
async function addPulls({ pool, repositoryId, fullName, clone }: Bench): Promise<Truth | null> {
  const file = `${DATA}/code/${fullName.replace('/', '__')}.json.gz`
  if (!existsSync(file)) {
    for (const { number, oid } of (await clone.heads()).pulls)
      await addPull(pool, repositoryId, number, {
        ...{ state: 'MERGED', head_ref_oid: oid, created_at: '2000-01-01' },
      })
    return null
  }
  const { pulls } = JSON.parse(gunzipSync(readFileSync(file)).toString())
  for (const pull of pulls)
    await addPull(pool, repositoryId, pull.number, {
      ...{ state: pull.state, created_at: pull.createdAt, merged_at: pull.mergedAt },
      ...{ merge_commit: pull.mergeCommit, head_ref_oid: pull.headRefOid },
    })
  return JSON.parse(readFileSync(`${DATA}/relevance/introduced.json`, 'utf8'))
}

/** Maps all but the newest commits of the chain, and then these. */
async function measureMapping({ pool, repositoryId, fullName, folder, clone }: Bench) {
  const tip = (await runGit({ folder, args: ['rev-parse', `HEAD~${NEW_COMMITS}`], signal })).trim()
  const { pulls } = await clone.heads()
  const heads = { tip, pulls: pulls.slice(0, -NEW_COMMITS / 2) }
  const old: Clone = { ...clone, heads: async () => heads }
  const full = await timed(() => mapCommits(pool, old, { repositoryId, fullName }))
  const next = await timed(() => mapCommits(pool, clone, { repositoryId, fullName }))
  await pool.query('analyze')
  print('mapping from nothing', `${(full / 1000).toFixed(1)} s`)
  print(`${NEW_COMMITS} new commits, ${NEW_COMMITS / 2} heads`, `${(next / 1000).toFixed(2)} s`)
  print('ratio (must ≤ 0.05, aim ≤ 0.02)', (next / full).toFixed(3))
  print('memory of the process', `${Math.round(process.memoryUsage.rss() / 1e6)} MB`)
}

function find({ pool, repositoryId }: Bench, oids: string[]): Promise<Origin[]> {
  return findPullRequests(pool, operatorScope(), { repositoryId, oids })
}

async function measureTruth(bench: Bench, { lines }: Truth): Promise<void> {
  const found = await find(
    bench,
    lines.map(({ oid }) => oid),
  )
  const right = lines.filter(({ pull }, at) => found[at]?.pullRequests[0]?.number === pull)
  print('lines with the right pull request', `${right.length} of ${lines.length}`)
}

/** Compares with the numbers that messages name, which are evidence of the lowest rank. */
async function measureNamed(bench: Bench): Promise<void> {
  const { rows } = await bench.pool.query<{ oid: string; numbers: number[] }>(
    `select c.oid, c.numbers from branch_commit c join branch_history h on h.id = c.history_id
     where h.repository_id = $1 and c.oid = c.merge_oid and c.numbers <> '{}' and exists (
       select from pull_request p where p.repository_id = $1 and p.number = c.numbers[1])`,
    [bench.repositoryId],
  )
  const found = await find(
    bench,
    rows.map(({ oid }) => oid),
  )
  const own = rows.filter(({ numbers }, at) => found[at]?.pullRequests[0]?.number === numbers[0])
  const proved = found.filter(({ pullRequests: [first] }) =>
    first?.evidence.some((one) => one === 'ancestry' || one === 'patch_id'),
  )
  const share = (count: number) => `${count} of ${rows.length}, ${(count / rows.length).toFixed(3)}`
  print('commits whose message names a pull request', String(rows.length))
  print('mapped to that pull request', share(own.length))
  print('by ancestry or patch id', share(proved.length))
}

/** Blames files at squash commits, and what these wrote again at the heads. */
async function measureSquashes(bench: Bench): Promise<void> {
  const opened = { folder: bench.folder, signal }
  const times: number[] = []
  const again: number[] = []
  const counts = { lines: 0, resolved: 0 }
  for (const { oid, pullRequests } of await squashesOf(bench)) {
    const head = pullRequests[0]?.headOid
    const path = await changedFile(bench.folder, oid)
    if (!path || !head) continue
    try {
      const start = performance.now()
      const groups = await blameLines(opened, { oid, path, from: 1, to: 500 })
      times.push(performance.now() - start)
      for (const group of groups.filter(({ commit }) => commit.oid === oid)) {
        const began = performance.now()
        const wanted = { squash: oid, path: group.originalPath, head, ignored: [] }
        const inside = findInside(await readPullFile(opened, wanted), group)
        again.push(performance.now() - began)
        const isText = (at: number) => /\S/.test(group.lines[at] ?? '')
        counts.lines += inside.filter((_, at) => isText(at)).length
        counts.resolved += inside.filter((line, at) => isText(at) && line).length
      }
    } catch (error) {
      // A binary file, or one that the mirror lacks.
      print('left out', (error as Error).message.slice(0, 60))
    }
  }
  if (counts.lines === 0) return
  const share = (counts.resolved / counts.lines).toFixed(3)
  print('lines of squashes led inside', `${counts.resolved} of ${counts.lines}, ${share}`)
  print('blame of a file, median / p95', spread(times))
  print('again at the head, median / p95', spread(again))
}

async function squashesOf(bench: Bench): Promise<Origin[]> {
  const { rows } = await bench.pool.query<{ oid: string }>(
    `select c.oid from branch_commit c join branch_history h on h.id = c.history_id
     where h.repository_id = $1 and c.patch_id is not null order by md5(c.oid) limit 2000`,
    [bench.repositoryId],
  )
  const found = await find(
    bench,
    rows.map(({ oid }) => oid),
  )
  const isSquash = ({ pullRequests: [first] }: Origin) => first && first.commitOid === null
  return found.filter(isSquash).slice(0, SQUASHES)
}

async function changedFile(folder: string, oid: string): Promise<string | undefined> {
  const args = ['diff-tree', '-r', '--no-commit-id', '--name-only', '--diff-filter=AM', '-z', oid]
  return (await runGit({ folder, args, signal })).split('\0')[0] || undefined
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function spread(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return `${at(0.5)} / ${at(0.95)} ms`
}

function print(what: string, value: string): void {
  console.log(`${what.padEnd(44)} ${value}`)
}
