import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Clones } from '#app/code/git/clones.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { layCode } from '#test/support/code/lay-code.ts'
import { insert } from '#test/support/laid-rows.ts'
import { addInstallation } from '#test/support/rehearsal.ts'
import { listFiles } from '#workers/code/list-files.ts'

const OID = 'c'.repeat(40)
/** UTF-16 orders the last two the other way round, and a quoted path is no bytes of a file name. */
const PATHS = ['"caf\\351.c"', 'Z.ts', 'a.ts', 'a/b.ts', 'a0.ts', 'é.ts', '\uff5e.ts', '😀.ts']

let services: TestServices
let pool: Pool

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
})
afterAll(() => services.close())

const oidOf = (text: string) => createHash('sha1').update(text).digest('hex')

/** A clone that has one commit, of these files with these contents. */
function cloneOf(files: Map<string, string>): Clones {
  async function* tree() {
    for (const [path, text] of files)
      yield { path, oid: oidOf(text), size: text.length, kind: 'file' as const }
  }
  async function* blobs() {}
  const withClone: Clones['withClone'] = (_request, use) => use({ tree, blobs } as never)
  return { withClone } as Clones
}

async function beginIngest(project: string): Promise<{ runId: string; refId: string }> {
  const installation = await addInstallation(services.services.database)
  const refId = await layCode(pool, { installation, project, generation: 0, files: {} })
  const names = { project, dataset: 'engine', full_name: 'acme/engine', branch: 'main' }
  const state = { mode: 'code', trigger: 'manual', state: 'running', request: '{}' }
  const runId = await insert(pool, 'run', { installation_id: installation, ...state })
  await pool.query(
    `insert into ingest (run_id, ref_id, project, dataset, full_name, branch, scope, oid, generation)
     values ($1, $2, $3, $4, $5, $6, 'project', $7, 1)`,
    [runId, refId, names.project, names.dataset, names.full_name, names.branch, OID],
  )
  return { runId, refId }
}

/** Notes all pages. @returns the ids of the files to divide, in the order of the items. */
async function listAll(runId: string, files: Map<string, string>, most: number) {
  const deps = {
    pool,
    clones: cloneOf(files),
    sourceOf: async () => ({ url: '', credentials: async () => null }),
    nameNow: async () => null,
    cut: { size: 1_500, overlap: 0 },
  }
  const divided: string[] = []
  let pages = 0
  for (let after: string | null | undefined = null; after !== undefined; pages++) {
    const page = { runId, after: after as string | null, most }
    const settlement = await listFiles(deps, page, AbortSignal.timeout(20_000))
    const [outcome] = await transaction(pool, settlement)
    const items = outcome?.state === 'done' ? (outcome.followUps ?? []) : []
    const payloads = items.map(({ payload }) => payload as { fileIds?: string[]; after?: string })
    divided.push(...payloads.flatMap(({ fileIds = [] }) => fileIds))
    after = payloads.find((payload) => payload.after !== undefined)?.after
  }
  return { divided, pages }
}

test.each([
  [1, 8],
  [3, 3],
  [4, 2],
  [100, 1],
])('pages of %i files note each file once, in any order', async (most, pages) => {
  const { runId, refId } = await beginIngest(`pages-of-${most}`)
  const first = new Map(PATHS.toReversed().map((path) => [path, `text of ${path}`]))
  const noted = await listAll(runId, first, most)
  expect(noted.pages).toBe(pages)
  const { rows } = await pool.query<{ id: string; path: string }>(
    'select id, path from code_file where ref_id = $1 and until is null order by id',
    [refId],
  )
  expect(rows.map(({ path }) => path)).toEqual(PATHS)
  expect(noted.divided).toEqual(rows.map(({ id }) => id))

  await pool.query('update code_ref set generation = 1 where id = $1', [refId])
  await pool.query('update ingest set generation = 2 where run_id = $1', [runId])
  const second = new Map(first).set('a.ts', 'changed').set('new.ts', 'new')
  second.delete('😀.ts')
  second.delete('"caf\\351.c"')
  await listAll(runId, second, most)
  const changes = await pool.query(
    `select path, since, until from code_file where ref_id = $1 and (since = 2 or until = 2)
     order by path collate "C", since`,
    [refId],
  )
  expect(changes.rows).toEqual([
    { path: '"caf\\351.c"', since: 1, until: 2 },
    { path: 'a.ts', since: 1, until: 2 },
    { path: 'a.ts', since: 2, until: null },
    { path: 'new.ts', since: 2, until: null },
    { path: '😀.ts', since: 1, until: 2 },
  ])
})
