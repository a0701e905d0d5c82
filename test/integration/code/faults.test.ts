import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelRun } from '#app/ledger/decisions.ts'
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

test('nothing of a cancelled job is seen, and the next one starts clean', async () => {
  github.commit('acme/cancelled', files('before'))
  await whence.ingest('acme/cancelled')
  github.commit('acme/cancelled', files('after'))
  const { jobId } = await whence.request('acme/cancelled')
  await until(
    'select from code_chunk c join code_ref r on r.id = c.ref_id where r.full_name = $1 and c.text like $2',
    ['acme/cancelled', '%after%'],
  )
  await cancelRun(whence.pool, jobId)
  expect((await layout('acme/cancelled')).every(({ text }) => text.includes('before'))).toBe(true)
  const oid = github.commit('acme/cancelled', files('last'))
  const job = await whence.ingest('acme/cancelled')
  expect(job).toMatchObject({ overall: 'finished', ingest: { sha: oid } })
  const stored = await layout('acme/cancelled')
  expect(stored).toHaveLength(120)
  expect(stored.every(({ text }) => text.includes('last'))).toBe(true)
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
