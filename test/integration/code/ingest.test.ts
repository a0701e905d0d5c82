import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillCodeVectors } from '#app/code/generations/fill-vectors.ts'
import { cloneKey } from '#app/code/git/clone-key.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { beginErasure, eraseRepository } from '#app/sync/leaving/erase-repository.ts'
import { openCode, tidyCode } from '#server/services/code.ts'
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

const PARSER = `/* Reads a header of the wire format. */
int parse_header(const unsigned char *bytes, int length) {
  if (length < 4) return -1;
  return bytes[0] << 8 | bytes[1];
}
`
const CLOCK = `export function elapsedSince(start: number): number {
  return Date.now() - start
}
`

test('a repository is ingested, and its code is found by words', async () => {
  const oid = github.commit('acme/engine', { 'src/parse.c': PARSER, 'src/clock.ts': CLOCK })
  const requested = await whence.request('acme/engine')
  expect(requested).toMatchObject({
    ...{ status: 'queued', message: 'GitHub ingest job queued', project: 'core' },
    ...{ dataset: 'engine', repository: 'acme/engine', branch: 'main', sha: oid, scope: 'project' },
  })
  const job = await whence.ended(requested.jobId)
  expect(job).toMatchObject({
    overall: 'finished',
    status: 'completed',
    progress: 100,
    error: null,
  })
  expect(job.ingest).toMatchObject({
    ...{ repository: 'acme/engine', branch: 'main', sha: oid, phase: null },
    statistics: { files: 2, newFiles: 2, chunks: 2, skipped: {} },
  })
  const [hit] = await whence.find('parse header')
  expect(hit).toMatchObject({
    ...{ repository: 'acme/engine', path: 'src/parse.c', startLine: 1, symbol: 'parse_header' },
    ...{ language: 'C', oid },
  })
  expect(await whence.find('elapsedSince')).toMatchObject([{ path: 'src/clock.ts' }])
})

test('a second ingest reads what changed, and the old generation answers until it ends', async () => {
  github.commit('acme/steps', { 'a.c': PARSER, 'b.ts': CLOCK, 'gone.c': 'int obsolete;\n' })
  await whence.ingest('acme/steps')
  const oid = github.commit('acme/steps', { 'a.c': `${PARSER}int newTimer;\n`, 'gone.c': null })
  const job = await whence.ingest('acme/steps')
  expect(job.ingest?.statistics).toMatchObject({ files: 2, newFiles: 1 })
  expect(await whence.find('newTimer', { dataset: 'steps' })).toMatchObject([{ path: 'a.c', oid }])
  expect(await whence.find('obsolete', { dataset: 'steps' })).toEqual([])
  const [kept] = await whence.find('elapsedSince', { dataset: 'steps' })
  expect(kept).toMatchObject({ path: 'b.ts', oid })
})

test('what was ingested is not ingested again', async () => {
  github.commit('acme/same', { 'a.c': PARSER })
  await whence.ingest('acme/same')
  const job = await whence.ingest('acme/same')
  expect(job).toMatchObject({ overall: 'finished' })
  expect(await whence.find('parse header', { dataset: 'same' })).toHaveLength(1)
})

test('a dataset is deleted with all that it has', async () => {
  github.commit('acme/short', { 'a.c': PARSER })
  await whence.ingest('acme/short', { dataset: 'brief' }, 'passing')
  expect(await whence.remove('passing', { dataset: 'brief' })).toEqual({
    ...{ project: 'passing', dataset: 'brief', repository: 'acme/short', chunks: 1 },
    complete: true,
  })
  expect(await whence.find('parse header', { repository: 'acme/short' })).toEqual([])
  const { rows } = await whence.pool.query(
    `select from code_ref r left join project p on p.name = 'passing' where full_name = 'acme/short' or p.id > 0`,
  )
  expect(rows).toEqual([])
  await expect(whence.remove('passing', { dataset: 'brief' })).rejects.toMatchObject({
    kind: 'unknown',
  })
})

test('what a repository says of its files is respected, and every skip has its reason', async () => {
  github.commit('acme/rules', {
    '.gitattributes': 'made.c linguist-generated\nlib/** linguist-vendored\n',
    '.whenceignore': 'secret/\n',
    ...{ 'made.c': PARSER, 'lib/a.c': PARSER, 'secret/a.c': PARSER, 'a.c': PARSER },
    'picture.bin': Buffer.from([0, 1, 2, 3]),
    'large.c': `int a;\n`.repeat(200_000),
  })
  const job = await whence.ingest('acme/rules')
  expect(job.ingest?.statistics).toMatchObject({
    skipped: { generated: 1, vendored: 1, ignored: 1, binary: 1, too_large: 1 },
  })
  const found = await whence.find('parse header', { dataset: 'rules' })
  expect(found.map(({ path }) => path)).toEqual(['a.c'])
})

test('a request that cannot succeed is refused', async () => {
  const oid = github.commit('acme/known', { 'a.c': PARSER })
  const other = github.commit('acme/known', { 'a.c': CLOCK }, 'next')
  const refused = (repo: string, options = {}) => expect(whence.request(repo, options)).rejects
  await refused('acme/none').toMatchObject({ kind: 'unknown' })
  await refused('acme/known', { branch: 'gone' }).toMatchObject({ kind: 'unknown' })
  await refused('acme/known', { sha: 'f'.repeat(40) }).toMatchObject({ kind: 'unknown' })
  await refused('acme/known', { sha: other }).toMatchObject({ kind: 'invalid' })
  await refused('https://example.com/acme/known').toMatchObject({ kind: 'invalid' })
  await refused('not a repository').toMatchObject({ kind: 'invalid' })
  const job = await whence.ingest('acme/known', { branch: 'next', sha: oid })
  expect(job).toMatchObject({ overall: 'finished', ingest: { sha: oid, branch: 'next' } })
})

test('a second request for the same commit gets the running job', async () => {
  github.commit('acme/twice', { 'a.c': PARSER })
  const [first, second] = [await whence.request('acme/twice'), await whence.request('acme/twice')]
  expect(second).toMatchObject({ jobId: first.jobId, status: 'joined' })
  await whence.ended(first.jobId)
  const third = await whence.request('acme/twice')
  expect(third.status).toBe('queued')
  await whence.ended(third.jobId)
})

test('an erased repository takes its code and its clone with it', async () => {
  const { pool, services } = whence
  github.commit('acme/erased', { 'a.c': PARSER })
  await whence.ingest('acme/erased', {}, 'erased')
  const { rows } = await pool.query<{ id: string; installationId: string }>(
    `insert into repository (installation_id, node_id, database_id, name, full_name, url, visibility,
       is_archived, is_fork, created_at, updated_at, read_at)
     select r.installation_id, 'R_erased', 1, 'erased', 'acme/erased', 'u', 'PUBLIC', false, false, now(), now(), now()
     from code_ref r where full_name = 'acme/erased' returning id, installation_id`,
  )
  const [{ id, installationId }] = rows as [(typeof rows)[number]]
  await pool.query(`update code_ref set repository_id = $1 where full_name = 'acme/erased'`, [id])
  const signal = AbortSignal.timeout(20_000)
  const { clones } = openCode({ ...services, pool })
  const key = cloneKey(installationId, 'acme/erased')
  expect((await clones.usage()).map((clone) => clone.key)).toContain(key)
  await transaction(pool, (tx) => beginErasure(tx, id, 'a test'))
  expect(await whence.find('parse header', { repository: 'acme/erased' })).toEqual([])
  await eraseRepository(pool, id, { signal })
  const left = await pool.query(`select from code_ref where full_name = 'acme/erased'`)
  expect(left.rowCount).toBe(0)
  await tidyCode(pool, clones, signal)
  expect((await clones.usage()).map((clone) => clone.key)).not.toContain(key)
})

test('code gets vectors in another space, and in the same one where it lacks some', async () => {
  const { pool, services } = whence
  github.commit('acme/filled', { 'a.c': PARSER, 'b.ts': CLOCK })
  await whence.ingest('acme/filled')
  const signal = AbortSignal.timeout(20_000)
  const { logger } = services
  const count = async () => {
    const { rows } = await pool.query<{ vectors: number }>(
      `select count(*)::int as vectors from code_embedding e join code_ref r on r.id = e.ref_id
       where r.full_name = 'acme/filled' group by e.space_id order by e.space_id`,
    )
    return rows.map(({ vectors }) => vectors)
  }
  const fill = (dimensions: number) => {
    const config = { EMBEDDING_PROVIDER: 'hash' as const }
    return fillCodeVectors({ pool, config, provider: hashProvider(dimensions), logger, signal })
  }
  expect(await count()).toEqual([2])
  await fill(64)
  expect(await count()).toEqual([2, 2])
  await pool.query('delete from code_embedding')
  await fill(64)
  expect(await count()).toEqual([])
  await pool.query('update code_ref set space_id = null')
  await fill(64)
  expect(await count()).toEqual([2])
})
