import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedText } from '#app/code/chunks/embedded-text.ts'
import { EMBEDDED, type EmbeddedRow, readEmbedded } from '#app/code/generations/read-embedded.ts'
import type { Config } from '#app/config/env.server.ts'
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
