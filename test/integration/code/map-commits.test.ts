import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import type { Clone } from '#app/code/git/read-clone.ts'
import { findPullRequests } from '#app/code/history/find-pull-requests.ts'
import { deleteUnusedHistories } from '#app/code/history/store-history.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { beginErasure, eraseRepository } from '#app/sync/leaving/erase-repository.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { type GitHistory, makeHistory } from '#test/support/code/git-history.ts'
import { layCode } from '#test/support/code/lay-code.ts'
import { addPull, addRepository, insert } from '#test/support/laid-rows.ts'
import { mapCommits } from '#workers/code/map-commits.ts'

const FULL_NAME = 'acme/engine'
const lines = (...names: string[]) => names.map((name) => `int ${name};\n`).join('')
const TABLES = ['branch_history', 'branch_commit', 'pull_request_ref', 'pull_request_patch']

let opened: TestServices
let pool: Pool
let git: GitHistory
let repositoryId: ReadableRepositoryId
let first: string

beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
})
afterAll(() => opened.close())
beforeEach(async () => {
  await pool.query('truncate installation, repository cascade')
  const installation = await insert(pool, 'installation', {
    ...{ kind: 'app', external_id: '1', account: 'acme' },
  })
  repositoryId = (await addRepository(pool, installation, FULL_NAME)) as ReadableRepositoryId
  git = makeHistory()
  first = git.commit({ 'a.c': lines('a'), 'b.c': lines('b') }, [], 'Begin')
  git.setMain(first)
})
afterEach(() => git.remove())

function map(clone: Clone = git.clone, isAwaited?: () => Promise<boolean>): Promise<void> {
  return mapCommits(pool, clone, { repositoryId, fullName: FULL_NAME, isAwaited })
}

async function find(oid: string, scope: Scope = operatorScope()) {
  const [origin] = await findPullRequests(pool, scope, { repositoryId, oids: [oid] })
  return origin
}

/** Returns numbers with evidence, the best first: `12 ancestry message`. */
async function pullsOf(oid: string): Promise<string[]> {
  const origin = await find(oid)
  return (origin?.pullRequests ?? []).map(({ number, evidence }) => [number, ...evidence].join(' '))
}

function merged(number: number, columns: object = {}): Promise<string> {
  return addPull(pool, repositoryId, number, { state: 'MERGED', ...columns })
}

/** Returns everything that is noted, whatever the ids. */
async function noted(): Promise<unknown> {
  const { rows } = await pool.query(
    `select h.is_current, h.oid as tip, h.length, c.oid, c.merge_oid, c.position, c.numbers, c.patch_id
     from branch_history h left join branch_commit c on c.history_id = h.id order by c.oid`,
  )
  const { rows: patches } = await pool.query(
    'select * from pull_request_patch order by number, oid, is_whole',
  )
  return { rows, patches }
}

describe('a commit leads to the pull request that brought it', () => {
  test('by the merge of its head', async () => {
    const one = git.commit({ 'a.c': lines('a', 'one'), 'b.c': lines('b') }, [first])
    const head = git.commit({ 'a.c': lines('a', 'one', 'two'), 'b.c': lines('b') }, [one])
    const merge = git.commit(
      { 'a.c': lines('a', 'one', 'two'), 'b.c': lines('b') },
      [first, head],
      'Merge pull request #5 from ada/topic',
    )
    git.setMain(merge)
    git.setHead(5, head)
    // In real data, the merge commit is often the head.
    await merged(5, { merge_commit: head })
    await map()
    for (const oid of [one, head, merge]) expect(await pullsOf(oid)).toEqual(['5 ancestry message'])
    expect(await find(one)).toMatchObject({ mergeOid: merge, pullRequests: [{ commitOid: one }] })
    expect(await find(first)).toMatchObject({ mergeOid: first, pullRequests: [] })
  })

  test('by the patch id of a squash, which git made on top of other changes', async () => {
    const one = git.commit({ 'a.c': lines('a', 'one'), 'b.c': lines('b') }, [first])
    const head = git.commit({ 'a.c': lines('a', 'one', 'two'), 'b.c': lines('b') }, [one])
    const direct = git.commit({ 'a.c': lines('a'), 'b.c': lines('b', 'c') }, [first], 'Push')
    const squash = git.commit(
      { 'a.c': lines('a', 'one', 'two'), 'b.c': lines('b', 'c') },
      [direct],
      'Count',
    )
    git.setMain(squash)
    git.setHead(6, head)
    await merged(6)
    await map()
    expect(await pullsOf(squash)).toEqual(['6 patch_id'])
    expect(await find(squash)).toMatchObject({
      mergeOid: squash,
      pullRequests: [{ commitOid: null }],
    })
    expect(await pullsOf(direct)).toEqual([])
  })

  test('by the patch ids of a rebase, which also name the commit inside', async () => {
    const one = git.commit({ 'a.c': lines('a', 'one'), 'b.c': lines('b') }, [first])
    const head = git.commit({ 'a.c': lines('a', 'one', 'two'), 'b.c': lines('b') }, [one])
    const direct = git.commit({ 'a.c': lines('a'), 'b.c': lines('b', 'c') }, [first])
    const files = { 'a.c': lines('a', 'one'), 'b.c': lines('b', 'c') }
    const rebasedOne = git.commit(files, [direct])
    const rebasedTwo = git.commit({ ...files, 'a.c': lines('a', 'one', 'two') }, [rebasedOne])
    git.setMain(rebasedTwo)
    git.setHead(7, head)
    await merged(7, { merge_commit: rebasedTwo })
    await map()
    expect(await pullsOf(rebasedOne)).toEqual(['7 patch_id'])
    expect(await pullsOf(rebasedTwo)).toEqual(['7 patch_id merge_commit'])
    expect(await find(rebasedOne)).toMatchObject({ pullRequests: [{ commitOid: one }] })
  })

  test('by the message alone, where the pull request was changed while it was merged', async () => {
    git.setHead(8, git.commit({ 'a.c': lines('a', 'x') }, [first]))
    const squash = git.commit({ 'a.c': lines('a', 'y') }, [first], 'Name it well (#8)')
    git.setMain(squash)
    await merged(8)
    await map()
    expect(await pullsOf(squash)).toEqual(['8 message'])
  })

  test('by what GitHub lists, on another branch', async () => {
    const oid = git.commit({ 'a.c': lines('a', 'old') }, [first])
    const pull = await merged(9)
    const link = { pull_request_id: pull, oid, position: 0, read_at: '2026-01-02' }
    await insert(pool, 'pull_request_commit', link)
    await map()
    expect(await find(oid)).toMatchObject({ mergeOid: null, pullRequests: [{ number: 9 }] })
    expect(await pullsOf(oid)).toEqual(['9 commits'])
  })
})

describe('of several pull requests', () => {
  test('the one that the merge names is the first, and the others stay', async () => {
    const inner = git.commit({ 'a.c': lines('a', 'one') }, [first])
    const outer = git.commit({ 'a.c': lines('a', 'one', 'two') }, [inner])
    const tree = { 'a.c': lines('a', 'one', 'two') }
    const merge = git.commit(tree, [first, outer], 'Merge #12: all of it')
    git.setMain(merge)
    git.setHead(11, inner)
    git.setHead(12, outer)
    await merged(11)
    await merged(12)
    await map()
    expect(await pullsOf(inner)).toEqual(['12 ancestry message', '11 ancestry'])
  })

  test('one that was opened later did not bring the change, and a merged one comes first', async () => {
    const head = git.commit({ 'a.c': lines('a', 'one') }, [first])
    const squash = git.commit({ 'a.c': lines('a', 'one') }, [first], 'Squash')
    git.setMain(squash)
    for (const number of [21, 22, 23]) git.setHead(number, head)
    await addPull(pool, repositoryId, 21, { state: 'CLOSED' })
    await merged(22)
    await merged(23, { created_at: '2026-01-06T00:00:00Z' })
    await map()
    expect(await pullsOf(squash)).toEqual(['22 patch_id', '21 patch_id'])
  })

  test('the number in the message does not outweigh the change, and both are told', async () => {
    const head = git.commit({ 'a.c': lines('a', 'one') }, [first])
    git.setHead(13, head)
    git.setHead(14, git.commit({ 'a.c': lines('a', 'other') }, [first]))
    const squash = git.commit({ 'a.c': lines('a', 'one') }, [first], 'Count (#14)')
    git.setMain(squash)
    await merged(13)
    await merged(14)
    await map()
    expect(await pullsOf(squash)).toEqual(['13 patch_id', '14 message'])
  })

  test('two with the same change stay beside each other', async () => {
    const head = git.commit({ 'a.c': lines('a', 'one') }, [first])
    for (const number of [15, 16]) git.setHead(number, head)
    const squash = git.commit({ 'a.c': lines('a', 'one') }, [first], 'Count')
    git.setMain(squash)
    for (const number of [15, 16]) await merged(number)
    await map()
    expect(await pullsOf(squash)).toEqual(['15 patch_id', '16 patch_id'])
  })

  test('one of a history that never met the branch does no harm', async () => {
    const foreign = git.commit({ 'z.c': lines('z') }, [], 'Begin elsewhere')
    git.setHead(17, git.commit({ 'z.c': lines('z', 'y') }, [foreign]))
    const merge = git.commit({ 'a.c': lines('a'), 'z.c': lines('z', 'y') }, [first, foreign])
    git.setMain(merge)
    await merged(17)
    await map()
    expect(await pullsOf(foreign)).toEqual([])
    expect(await find(foreign)).toMatchObject({ mergeOid: merge })
  })

  test('one that is open says nothing by a head that the branch has', async () => {
    git.setHead(31, first)
    await addPull(pool, repositoryId, 31)
    await map()
    expect(await pullsOf(first)).toEqual([])
  })
})

test('who may not read the repository learns nothing', async () => {
  git.setHead(5, first)
  await merged(5)
  await map()
  const own = viewerScope({ repositories: [repositoryId], operates: [] })
  const other = viewerScope({ repositories: [], operates: [] })
  expect(await find(first, own)).toMatchObject({ pullRequests: [{ number: 5 }] })
  expect(await find(first, other)).toBeUndefined()
})

async function expectNothingNoted(): Promise<void> {
  for (const table of TABLES)
    expect((await pool.query(`select from ${table}`)).rowCount, table).toBe(0)
}

/** Writes a row of commits, every third of them merged, the others squashed. @returns the last one. */
function grow(tip: string, from: number, to: number): string {
  let last = tip
  for (let number = from; number < to; number++) {
    const files = { [`f${number}.c`]: lines(`f${number}`) }
    const head = git.commit(files, [last])
    git.setHead(number, head)
    last =
      number % 3 === 0
        ? git.commit(files, [last, head], `Merge #${number}: f`)
        : git.commit(files, [last], `Squash (#${number})`)
  }
  git.setMain(last)
  return last
}

describe('a history', () => {
  test('that grew part by part is the same as one read at once', async () => {
    const half = grow(first, 1, 7)
    await map()
    expect(await pool.query('select length from branch_history')).toMatchObject({
      rows: [{ length: 7 }],
    })
    grow(half, 7, 12)
    await map()
    await map()
    const grown = await noted()
    for (const table of TABLES) await pool.query(`truncate ${table} cascade`)
    await map()
    expect(await noted()).toEqual(grown)
  })

  test('is not seen before it is whole, and goes on where it was interrupted', async () => {
    const tip = grow(first, 1, 4)
    await map()
    const before = await find(tip)
    const next = grow(tip, 4, 6)
    // The process ends after the part was noted, before it is published.
    const ending: Clone = {
      ...git.clone,
      async *history(...given) {
        yield* git.clone.history(...given)
        throw new Error('killed')
      },
    }
    await expect(map(ending)).rejects.toThrow('killed')
    expect(await find(next)).toMatchObject({ mergeOid: null })
    expect(await find(tip)).toEqual(before)
    await map()
    expect(await find(next)).toMatchObject({ mergeOid: next })
  })

  test('leaves the rest to a later job that waits, and is not seen until then', async () => {
    const tip = grow(first, 1, 4)
    let parts = 0
    await map(git.clone, async () => ++parts > 0)
    expect((await pool.query('select from pull_request_ref')).rowCount).toBe(3)
    expect((await pool.query('select from branch_history')).rowCount).toBe(0)
    await map(git.clone, async () => ++parts > 0)
    expect(parts).toBe(1)
    expect(await find(tip)).toMatchObject({ mergeOid: tip })
  })

  test('that was force-pushed is read anew, and the old one holds until then', async () => {
    const tip = grow(first, 1, 4)
    await map()
    const other = git.commit({ 'z.c': lines('z') }, [first], 'Anew')
    git.setMain(other)
    const ending: Clone = {
      ...git.clone,
      async *history(...given) {
        yield* git.clone.history(...given)
        throw new Error('killed')
      },
    }
    await expect(map(ending)).rejects.toThrow('killed')
    expect(await find(tip)).toMatchObject({ mergeOid: tip })
    await map()
    expect(await find(tip)).toMatchObject({ mergeOid: null })
    expect(await find(other)).toMatchObject({ mergeOid: other })
    expect((await pool.query('select from branch_history')).rowCount).toBe(1)
  })

  test('a head that is pushed to has the patches of its new commits alone', async () => {
    git.setHead(5, git.commit({ 'a.c': lines('a', 'x') }, [first]))
    await merged(5)
    await map()
    git.setHead(5, git.commit({ 'a.c': lines('a', 'y') }, [first]))
    const squash = git.commit({ 'a.c': lines('a', 'x') }, [first], 'Squash')
    git.setMain(squash)
    await map()
    expect(await pullsOf(squash)).toEqual([])
  })

  test('goes when the code of its repository is not ingested any more', async () => {
    grow(first, 1, 4)
    await map()
    const { rows } = await pool.query<{ id: string }>('select id from installation')
    const installation = rows[0]?.id as string
    const ref = await layCode(pool, { installation, repository: repositoryId, files: {} })
    await deleteUnusedHistories(pool, new AbortController().signal)
    expect((await pool.query('select from branch_commit')).rowCount).toBeGreaterThan(0)
    await pool.query('update code_ref set hidden_at = now() where id = $1', [ref])
    await deleteUnusedHistories(pool, new AbortController().signal)
    await expectNothingNoted()
  })

  test('goes with its repository, and is not noted while that goes', async () => {
    grow(first, 1, 4)
    await map()
    await transaction(pool, (tx) => beginErasure(tx, repositoryId, 'purged'))
    await pool.query('truncate pull_request_ref, branch_history cascade')
    await map()
    for (const table of ['branch_history', 'branch_commit', 'pull_request_ref'])
      expect((await pool.query(`select from ${table}`)).rowCount, table).toBe(0)
    await eraseRepository(pool, repositoryId)
    await expectNothingNoted()
  })
})
