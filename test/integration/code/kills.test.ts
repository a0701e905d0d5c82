import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCurrentFile } from '#app/database/predicates.ts'
import { CODE_POINTS, type CodeOrders } from '#test/services/code-points.ts'
import { NODE_FLAGS } from '#test/services/node-flags.ts'
import { describeOnProfile } from '#test/services/requirements.ts'
import { layWhence } from '#test/services/whence.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { expectCountersTrue } from '#test/support/ledger-checks.ts'

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 })

const SCRIPT = fileURLToPath(new URL('../../services/code-worker-process.ts', import.meta.url))
let github: CodeGithub
let laid: Awaited<ReturnType<typeof layWhence>>
let dataDir: string

beforeAll(async () => {
  github = await startCodeGithub()
  laid = await layWhence(async () => null)
  dataDir = laid.environment.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'whence-kills-')))
})
afterAll(async () => {
  await laid.remove()
  await rm(dataDir, { recursive: true, force: true })
  await github.stop()
})

function startIngest(orders: CodeOrders): { child: ChildProcess; ended: Promise<unknown> } {
  const child = spawn(process.execPath, [...NODE_FLAGS, SCRIPT, JSON.stringify(orders)], {
    env: {
      ...process.env,
      ...laid.environment,
      ...{
        DATA_DIR: dataDir,
        GITHUB_API_URL: github.url,
        GITHUB_WEB_URL: github.url,
        LOG_LEVEL: 'silent',
      },
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return { child, ended: once(child, 'exit').then(([code, signal]) => code ?? signal) }
}

/** Returns the code that search sees of a dataset, with the number of vectors of each chunk. */
async function layout(db: Queryable, dataset: string) {
  const { rows } = await db.query<{ path: string; text: string; words: string; vectors: number }>(
    `select f.path, c.part, c.symbol, c.text, c.words::text as words, c.length,
       (select count(*)::int from code_embedding e where e.chunk_id = c.id) as vectors
     from dataset d join code_ref r on r.dataset_id = d.id
       join code_file f on f.ref_id = r.id and ${isCurrentFile('f', 'r')}
       join code_chunk c on c.file_id = f.id
     where d.name = $1 order by f.path, c.part`,
    [dataset],
  )
  return rows
}

/** Makes what was ingested code of a repository in the copy, whose commits are mapped. */
async function giveRepository(db: Queryable, fullName: string): Promise<void> {
  await db.query(
    `with added as (
       insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
         is_archived, is_fork, created_at, updated_at, read_at)
       select r.installation_id, 'R_1', 1, 'killed', $1, 'u', 'PUBLIC', false, false, now(), now(), now()
       from code_ref r returning id)
     update code_ref set repository_id = added.id from added`,
    [fullName],
  )
}

const files = (count: number, word: string) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`src/file${n}.c`, `int ${word}${n}(void);\n`]),
  )

/** Expects a dataset to be as one that was ingested without disturbance, and no leftovers anywhere. */
async function expectUndisturbed(dataset: string, fresh: string): Promise<void> {
  await laid.use(async ({ pool }) => {
    const stored = await layout(pool, dataset)
    expect(stored).toEqual(await layout(pool, fresh))
    expect(stored.every(({ vectors }) => vectors === 1)).toBe(true)
    const { rows } = await pool.query<{ id: string; state: string; unseen: number }>(
      `select o.id, o.state, (select count(*)::int from code_file f join code_ref r on r.id = f.ref_id
         where f.since > r.generation or f.until > r.generation) as unseen
       from run o join ingest i on i.run_id = o.id where i.dataset = $1 order by o.id`,
      [dataset],
    )
    for (const { id, ...run } of rows) {
      expect(run).toEqual({ state: 'finished', unseen: 0 })
      await expectCountersTrue(pool, id)
    }
  })
  const names = await readdir(clones())
  expect(names.filter((name) => !name.endsWith('.git'))).toEqual([])
}

const clones = () => join(dataDir, 'clones')

test('a kill in each phase, one after the other, changes neither the end nor what is seen before', async () => {
  const repository = 'acme/killed'
  const orders = { repository, datasets: ['killed'] }
  github.commit(repository, files(60, 'before'))
  expect(await startIngest(orders).ended).toBe(0)
  const before = await laid.use(async ({ pool }) => {
    await giveRepository(pool, repository)
    return layout(pool, 'killed')
  })
  expect(before).toHaveLength(60)
  github.commit(repository, {
    ...files(20, 'after'),
    'src/file59.c': null,
    'src/new.c': 'int x;\n',
  })
  await rm(clones(), { recursive: true })
  const inClone = startIngest(orders)
  github.intercept = ({ url = '' }) => {
    if (!url.endsWith('/git-upload-pack')) return false
    github.intercept = null
    return inClone.child.kill('SIGKILL')
  }
  expect(await inClone.ended).toBe('SIGKILL')
  for (const dieAt of CODE_POINTS)
    expect(await startIngest({ ...orders, dieAt }).ended, dieAt).toBe('SIGKILL')
  expect(await laid.use(({ pool }) => layout(pool, 'killed'))).toEqual(before)
  expect(await startIngest({ ...orders, dieAt: 'map' }).ended).toBe('SIGKILL')
  expect(await laid.use(({ pool }) => layout(pool, 'killed'))).not.toEqual(before)
  expect(await startIngest({ ...orders, datasets: ['killed', 'fresh'] }).ended).toBe(0)
  await expectUndisturbed('killed', 'fresh')
  const { rows } = await laid.use(({ pool }) =>
    pool.query('select length, is_current from branch_history'),
  )
  expect(rows).toEqual([{ length: 2, isCurrent: true }])
})

describeOnProfile('external', 'two workers on one database', () => {
  test('end the same, whichever of them dies', async () => {
    github.commit('acme/pair', files(300, 'shared'))
    const orders = { repository: 'acme/pair', datasets: ['pair'] }
    const one = startIngest(orders)
    const other = startIngest({ ...orders, dieAt: 'files' })
    expect(await one.ended).toBe(0)
    expect(['SIGKILL', 0]).toContain(await other.ended)
    expect(await startIngest({ ...orders, datasets: ['alone'] }).ended).toBe(0)
    await expectUndisturbed('pair', 'alone')
  })
})
