import { readdir } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelRun } from '#app/ledger/decisions.ts'
import { describeOnProfile } from '#test/services/requirements.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'

let github: CodeGithub
let whence: Awaited<ReturnType<typeof openCodeWhence>>

beforeAll(async () => {
  github = await startCodeGithub()
  whence = await openCodeWhence(github)
})
afterAll(async () => {
  await whence.close()
  await github.stop()
})

const files = (word: string) =>
  Object.fromEntries(
    Array.from({ length: 120 }, (_, n) => [`src/file${n}.c`, `int ${word}${n}(void);\n`]),
  )

/** Waits until a query of the ledger returns a row. */
async function until(sql: string, values: unknown[]): Promise<void> {
  await expect
    .poll(async () => (await whence.pool.query(sql, values)).rowCount, {
      timeout: 20_000,
      interval: 5,
    })
    .toBeGreaterThan(0)
}

async function layout(fullName: string) {
  const { rows } = await whence.pool.query<{ path: string; text: string; vectors: number }>(
    `select f.path, c.text, (select count(*)::int from code_embedding e where e.chunk_id = c.id) as vectors
     from code_ref r join code_file f on f.ref_id = r.id and f.since <= r.generation
       and (f.until is null or f.until > r.generation) join code_chunk c on c.file_id = f.id
     where r.full_name = $1 order by f.path, c.part`,
    [fullName],
  )
  return rows
}

test.each(['extraction', 'transform', 'embedding'])(
  'a job that is stopped during %s goes on and ends the same',
  async (stage) => {
    const name = `acme/stopped-${stage}`
    github.commit(name, files('before'))
    await whence.ingest(name)
    github.commit(name, files('after'))
    const { jobId } = await whence.request(name)
    await until(`select from stage where run_id = $1 and stage = $2 and total > 0 and open > 0`, [
      jobId,
      stage,
    ])
    await whence.restart()
    expect(await whence.ended(jobId)).toMatchObject({ overall: 'finished', error: null })
    const stored = await layout(name)
    expect(stored).toHaveLength(120)
    expect(stored.every(({ text, vectors }) => text.includes('after') && vectors === 1)).toBe(true)
  },
)

const DURING = {
  transform: `select from code_chunk c join code_ref r on r.id = c.ref_id join ingest i on i.ref_id = r.id
    where i.run_id = $1 and c.text like '%after%'`,
  embedding: `select from stage where run_id = $1 and stage = 'embedding' and total > 0`,
}

test.each(['transform', 'embedding'] as const)(
  'nothing of a job that was cancelled during %s is seen, and the next one starts clean',
  async (stage) => {
    const name = `acme/cancelled-${stage}`
    github.commit(name, files('before'))
    await whence.ingest(name)
    github.commit(name, files('after'))
    const { jobId } = await whence.request(name)
    await until(DURING[stage], [jobId])
    await cancelRun(whence.pool, jobId)
    expect((await layout(name)).every(({ text }) => text.includes('before'))).toBe(true)
    const oid = github.commit(name, files('last'))
    expect(await whence.ingest(name)).toMatchObject({ overall: 'finished', ingest: { sha: oid } })
    const stored = await layout(name)
    expect(stored).toHaveLength(120)
    expect(stored.every(({ text }) => text.includes('last'))).toBe(true)
  },
)

test('a job that is cancelled while it clones leaves no clone behind', async () => {
  github.commit('acme/held', files('held'))
  const folder = join(whence.services.config.DATA_DIR, 'clones')
  const unfinished = async () => (await readdir(folder)).filter((name) => name.endsWith('.new'))
  const held: ServerResponse[] = []
  github.intercept = ({ url = '' }, response) => {
    if (!url.startsWith('/acme/held.git/git-upload-pack')) return false
    held.push(response)
    return true
  }
  const { jobId } = await whence.request('acme/held')
  await expect.poll(() => held.length, { timeout: 20_000 }).toBe(1)
  expect(await unfinished()).toHaveLength(1)
  await cancelRun(whence.pool, jobId)
  await expect.poll(unfinished, { timeout: 20_000 }).toEqual([])
  github.intercept = null
  expect(await whence.jobOf(jobId)).toMatchObject({ overall: 'cancelled', status: 'cancelled' })
  expect(await layout('acme/held')).toEqual([])
})

describeOnProfile('external', 'while the generation is published', () => {
  test('a cancel wins', async () => {
    github.commit('acme/late', files('before'))
    await whence.ingest('acme/late')
    github.commit('acme/late', files('after'))
    const { jobId } = await whence.request('acme/late')
    const other = new pg.Client({ connectionString: whence.services.config.DATABASE_URL })
    await other.connect()
    await other.query(`begin; select from code_ref where full_name = 'acme/late' for no key update`)
    await until(
      `select from batch b join work_item w on w.id = b.items[1]
       where b.run_id = $1 and b.state = 'running' and w.key = 'publish'`,
      [jobId],
    )
    await cancelRun(whence.pool, jobId)
    await other.end()
    const job = await whence.ingest('acme/late')
    expect(job).toMatchObject({ overall: 'finished', ingest: { statistics: { newFiles: 120 } } })
    expect(await whence.jobOf(jobId)).toMatchObject({ overall: 'cancelled' })
  })
})

test('a repository without commits is refused', async () => {
  github.create('acme/empty')
  await expect(whence.request('acme/empty')).rejects.toMatchObject({ kind: 'unknown' })
})

test('paths in any bytes, one line of 2 MB, and 64 KB of emoji are ingested or skipped', async () => {
  github.commit('acme/odd', {
    '日本語.c': 'int first;\n',
    'a b/ b.c': 'int second;\n',
    'tab\there.c': 'int third;\n',
    'quote".c': 'int fourth;\n',
    'long.js': `var x = [${'1,'.repeat(1_000_000)}1]\n`,
    'emoji.md': '😀'.repeat(16_384),
    'Case.c': 'int fifth;\n',
    'case.c': 'int sixth;\n',
  })
  const job = await whence.ingest('acme/odd')
  expect(job).toMatchObject({ overall: 'finished', error: null })
  expect(job.ingest?.statistics.skipped).toEqual({ too_large: 1 })
  for (const word of ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'])
    expect(await whence.find(word, { dataset: 'odd' })).toHaveLength(1)
})
