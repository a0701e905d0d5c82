import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { embeddedText } from '#app/code/chunks/embedded-text.ts'
import { EMBEDDED, type EmbeddedRow, readEmbedded } from '#app/code/generations/read-embedded.ts'
import { isUpToDate } from '#app/code/generations/recipes.ts'
import { openRecut } from '#app/code/ingest/recut.ts'
import type { Config } from '#app/config/env.server.ts'
import { readLog } from '#app/ledger/views/run-log.ts'
import { openCode } from '#server/services/code.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'

let github: CodeGithub

beforeAll(async () => {
  github = await startCodeGithub()
})
afterAll(() => github.stop())

async function withWhence<T>(
  config: Partial<Config>,
  work: (whence: Awaited<ReturnType<typeof openCodeWhence>>) => Promise<T>,
): Promise<T> {
  const whence = await openCodeWhence(github, config)
  try {
    return await work(whence)
  } finally {
    await whence.close()
  }
}

const FUNCTIONS = Array.from(
  { length: 40 },
  (_, n) => `int first_${n}(int length)\n{\n  return length + ${n};\n}\n`,
).join('\n')

test('chunks have the size that is set, and the end of the one before is embedded with each', async () => {
  github.commit('acme/sized', { 'a.c': FUNCTIONS })
  await withWhence({ CODE_CHUNK_SIZE: 300, CODE_CHUNK_OVERLAP: 40 }, async (whence) => {
    await whence.ingest('acme/sized')
    const { rows } = await whence.pool.query<EmbeddedRow>(
      `select ${EMBEDDED} from code_chunk c join code_file f on f.id = c.file_id order by c.part`,
    )
    expect(rows.length).toBeGreaterThan(5)
    for (const [index, row] of rows.entries()) {
      expect(row.text.replaceAll(/\s/g, '').length).toBeLessThanOrEqual(300)
      const before = rows[index - 1]?.text.slice(-40)
      const { text } = readEmbedded(row)
      if (before) expect(text).toContain(`\n${before}\n${row.text}`)
      else expect(text).toBe(embeddedText('a.c', row))
      // The vector is found again by this hash.
      expect(row.contentHash.toString('hex')).toBe(createHash('sha256').update(text).digest('hex'))
    }
  })
})

test('a change of the size divides everything again at the next ingest, of the same commit too', async () => {
  github.commit('acme/resized', { 'a.c': FUNCTIONS })
  await withWhence({ CODE_CHUNK_SIZE: 300 }, async (whence) => {
    const many = (await whence.ingest('acme/resized')).ingest?.statistics
    expect((await whence.ingest('acme/resized')).ingest?.statistics.chunks).toBeNull()
    whence.services.config.CODE_CHUNK_SIZE = 3_000
    await whence.restart()
    const few = (await whence.ingest('acme/resized')).ingest?.statistics
    expect(few).toMatchObject({ files: 1, newFiles: 1, chunks: 1 })
    expect(many?.chunks).toBeGreaterThan(5)
  })
})

test('a change of the size divides again what is ingested, at the commits it had, and says so', async () => {
  const old = github.commit('acme/pinned', { 'a.c': FUNCTIONS })
  github.commit('acme/pinned', { 'b.c': 'int b;\n' })
  github.commit('acme/moved', { 'a.c': FUNCTIONS })
  await withWhence({ CODE_CHUNK_SIZE: 300 }, async (whence) => {
    const { services, pool } = whence
    const { config, logger } = services
    await whence.ingest('acme/pinned', { sha: old })
    const many = (await whence.ingest('acme/moved')).ingest?.statistics.chunks ?? 0
    const begin = () => openRecut({ pool, logger, ...openCode({ pool, config, logger }) })
    const jobs = async () => {
      const { rows } = await pool.query<{ id: string }>('select id from run order by id')
      return rows.map(({ id }) => id)
    }
    await begin()()
    expect(await jobs()).toHaveLength(2)
    config.CODE_CHUNK_SIZE = 3_000
    await whence.restart()
    const newest = github.commit('acme/moved', { 'c.c': 'int c;\n' })
    const recut = begin()
    await recut()
    await recut()
    const [, , pinned = '', moved = '', ...more] = await jobs()
    expect(more).toEqual([])
    expect((await whence.ended(pinned)).ingest).toMatchObject({
      sha: old,
      statistics: { files: 1 },
    })
    const { ingest } = await whence.ended(moved)
    expect(ingest).toMatchObject({ sha: newest, statistics: { files: 2 } })
    expect(ingest?.statistics.chunks).toBeLessThan(many)
    const log = await readLog(pool, operatorScope(), { runId: moved, limit: 5 })
    expect(log.entries[0]?.message).toBe('Requested by a change of how code is divided into chunks')
    // The next process finds nothing to do.
    await begin()()
    expect(await jobs()).toHaveLength(4)
  })
})

test('what a cancelled job has divided does not count as divided', async () => {
  github.commit('acme/halfway', { 'a.c': FUNCTIONS })
  await withWhence({ CODE_CHUNK_SIZE: 300 }, async (whence) => {
    const { pool } = whence
    const { ingest } = await whence.ingest('acme/halfway')
    await pool.query('update code_file set until = since + 1')
    await pool.query(
      `insert into code_file (ref_id, path, blob_oid, size, recipe, since)
       select ref_id, path, blob_oid, size, 'v1 3000+0 {}', since + 1 from code_file`,
    )
    const { rows } = await pool.query<{ id: string }>('select id from code_ref')
    const cut = { size: 3_000, overlap: 0 }
    const ref = { refId: rows[0]?.id ?? '', currentOid: ingest?.sha ?? null, cut }
    expect(await isUpToDate(pool, ref, ingest?.sha ?? '')).toBe(false)
    const before = { ...ref, cut: { size: 300, overlap: 0 } }
    expect(await isUpToDate(pool, before, ingest?.sha ?? '')).toBe(true)
  })
})

test('a work item of a job is tried again as often as is set', async () => {
  github.commit('acme/stubborn', { 'a.c': 'int a;\n' })
  await withWhence({ CODE_MAX_RETRIES: 1 }, async (whence) => {
    github.intercept = ({ url = '' }, response) => {
      if (!url.includes('info/refs')) return false
      response.writeHead(503).end()
      return true
    }
    const job = await whence.ingest('acme/stubborn')
    github.intercept = null
    expect(job).toMatchObject({ overall: 'failed', ingest: { retries: 1, maxRetries: 1 } })
    const { rows } = await whence.pool.query('select attempts from work_item where run_id = $1', [
      job.id,
    ])
    expect(rows).toEqual([{ attempts: 2 }])
  })
})

test('a clone that is larger than allowed fails the job, which says what to do', async () => {
  const noise = Array.from({ length: 60_000 }, (_, n) =>
    createHash('sha256').update(String(n)).digest('hex'),
  )
  github.commit('acme/heavy', { 'noise.txt': noise.join('\n') })
  await withWhence({ CODE_CLONE_MB: 1 }, async (whence) => {
    const job = await whence.ingest('acme/heavy')
    expect(job.overall).toBe('failed')
    expect(job.error).toContain('takes more than 1 MB')
    expect(job.error).toContain('CODE_CLONE_MB')
  })
})
