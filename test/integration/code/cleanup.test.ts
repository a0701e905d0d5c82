import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { countUnused, discardAbandoned } from '#app/code/generations/unused.ts'
import { deleteEmptyProjects, findDeadRefs, hideDeadRefs } from '#app/code/ingest/dead-refs.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { queueCode } from '#app/ledger/runs.ts'
import { cleanUpCode } from '#server/services/code.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { layCode } from '#test/support/code/lay-code.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'
import { addInstallation } from '#test/support/rehearsal.ts'

const signal = AbortSignal.timeout(60_000)
let github: CodeGithub
let whence: Awaited<ReturnType<typeof openCodeWhence>>
let pool: Pool
let installation: string

beforeAll(async () => {
  github = await startCodeGithub()
  whence = await openCodeWhence(github)
  pool = whence.pool
})
afterAll(async () => {
  await whence.close()
  await github.stop()
})
beforeEach(async () => {
  await pool.query('delete from installation')
  installation = await addInstallation(whence.services.database)
})

/** Lays a ref whose next generation was begun: one file was replaced, one is new. */
function layBegun(): Promise<string> {
  const one = { text: 'int one;' }
  return layCode(pool, {
    installation,
    files: {
      'kept.c': 'int kept;',
      'old.c': { chunks: [one], until: 2 },
      'new.c': { chunks: [one], since: 2 },
    },
  })
}

/** Adds a job for the ref, in a state. */
async function addJob(ref: string, state: string): Promise<string> {
  return transaction(pool, async (tx) => {
    const id = await queueCode(tx, installation, { trigger: 'manual', actor: 'operator' })
    await tx.query(
      `insert into ingest (run_id, ref_id, project, dataset, full_name, branch, scope)
       values ($1, $2, 'core', 'engine', 'acme/engine', 'main', 'project')`,
      [id, ref],
    )
    await tx.query(
      `update run set state = $2, started_at = case when $2 <> 'queued' then now() end,
         finished_at = case when $2 not in ('queued', 'running') then now() end where id = $1`,
      [id, state],
    )
    return id
  })
}

async function files(): Promise<string[]> {
  const { rows } = await pool.query<{ file: string }>(
    `select path || ' ' || since || '-' || coalesce(until::text, '') as file from code_file order by path`,
  )
  return rows.map(({ file }) => file)
}

const BEGUN = ['kept.c 1-', 'new.c 2-', 'old.c 1-2']

test('what a cancelled ingest has written is taken back', async () => {
  const ref = await layBegun()
  await addJob(ref, 'cancelled')
  expect(await countUnused(pool, [])).toEqual({ files: 1, chunks: 1 })
  await discardAbandoned(pool, signal)
  expect(await files()).toEqual(['kept.c 1-', 'old.c 1-'])
  expect(await countUnused(pool, [])).toEqual({ files: 0, chunks: 0 })
})

test.each(['queued', 'running', 'failed'])(
  'what a job needs that is %s is left, until a later one has started',
  async (state) => {
    const ref = await layBegun()
    const id = await addJob(ref, state)
    await discardAbandoned(pool, signal)
    expect(await files()).toEqual(BEGUN)
    expect(await countUnused(pool, [])).toEqual({ files: 0, chunks: 0 })
    await addJob(ref, 'cancelled')
    await pool.query(`update run set state = 'failed', finished_at = now() where id = $1`, [id])
    await discardAbandoned(pool, signal)
    expect(await files()).toEqual(['kept.c 1-', 'old.c 1-'])
  },
)

test('refs whose branch is gone are found and hidden, with projects that are left empty', async () => {
  const gone = await layCode(pool, { installation, project: 'old', branch: 'gone', files: {} })
  await layCode(pool, { installation, branch: 'main', files: {} })
  const busy = await layCode(pool, { installation, branch: 'busy', files: {} })
  await layCode(pool, { installation, fullName: 'acme/silent', branch: 'gone', files: {} })
  await layCode(pool, { installation, fullName: 'acme/empty', branch: 'gone', files: {} })
  await addJob(busy, 'running')
  const asked: string[] = []
  const dead = await findDeadRefs(pool, async (_, name) => {
    asked.push(name)
    if (name === 'acme/silent') return null
    return new Set(name === 'acme/empty' ? [] : ['main'])
  })
  expect(dead.map(({ id, name }) => [id, name])).toEqual([[gone, 'old/engine: acme/engine (gone)']])
  expect(asked.sort()).toEqual(['acme/empty', 'acme/engine', 'acme/silent'])
  await hideDeadRefs(pool, dead, 'cli ann')
  await deleteEmptyProjects(pool)
  const { rows } = await pool.query(`select name from project union all
    select subject from audit_entry where action = 'code.deleted' order by 1`)
  expect(rows).toEqual([{ name: 'core' }, { name: 'old/engine: acme/engine (gone)' }])
})

test('a cleanup tells what it deletes: the code of a branch that is gone, and its clone', async () => {
  github.commit('acme/tidy', { 'a.c': 'int first;\n' })
  github.commit('acme/tidy', { 'b.c': 'int second;\n' }, 'old')
  await whence.ingest('acme/tidy')
  await whence.ingest('acme/tidy', { branch: 'old' })
  github.changes.deleteBranch({ repository: 'acme/tidy', branch: 'old' })
  const clean = (dryRun: boolean) => {
    const { config, logger } = whence.services
    return cleanUpCode({ pool, config, logger }, { actor: 'cli ann', dryRun, signal })
  }
  const expected = { dead: ['core/tidy: acme/tidy (old)'], files: 2, chunks: 2, clones: 0 }
  expect(await clean(true)).toMatchObject(expected)
  expect(await whence.find('second', { dataset: 'tidy' })).toHaveLength(1)
  expect(await clean(false)).toMatchObject(expected)
  expect(await whence.find('second', { dataset: 'tidy' })).toEqual([])
  expect(await whence.find('first', { dataset: 'tidy' })).toHaveLength(1)
  await whence.remove('core', { dataset: 'tidy' })
  expect(await clean(false)).toMatchObject({ dead: [], chunks: 0, clones: 1 })
  expect(await clean(false)).toMatchObject({ dead: [], chunks: 0, clones: 0, bytes: 0 })
})
