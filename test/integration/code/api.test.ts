import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { expectShape } from '#test/support/api-shapes.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'
import { listenEvents } from '#test/support/listen-events.ts'
import { send } from '#test/support/send.ts'

let github: CodeGithub
let whence: Awaited<ReturnType<typeof openCodeWhence>>
let web: Web

beforeAll(async () => {
  github = await startCodeGithub()
  whence = await openCodeWhence(github, { PORT: 0 })
  web = await startWeb(whence.services)
})
afterAll(async () => {
  await web.close()
  await whence.close()
  await github.stop()
})

const CODE = '/* Reads a header. */\nint parse_header(int length) { return length; }\n'

async function ask(method: string, path: string, body?: object) {
  const sent = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    ...{ 'content-type': 'application/json', origin: web.url },
    // Node sends a body of a DELETE without its length.
    'content-length': String(Buffer.byteLength(sent)),
  }
  const answer = await send(`${web.url}${path}`, headers, method, sent)
  return { status: answer.status, body: JSON.parse(answer.body) }
}

test('the documented flow: ingest, watch, list, search, delete', async () => {
  const sha = github.commit('acme/engine', { 'src/a b.c': CODE })
  const asked = await ask('POST', '/api/v1/projects/core/ingest/github', { repo: 'acme/engine' })
  expect(asked).toMatchObject({
    status: 202,
    body: { status: 'queued', message: 'GitHub ingest job queued', dataset: 'engine', sha },
  })
  expectShape('POST', 'projects/core/ingest/github', asked.body)
  const { jobId } = asked.body
  await whence.ended(jobId)
  const job = await ask('GET', `/api/v1/jobs/${jobId}`)
  expect(job.body).toMatchObject({ status: 'completed', progress: 100, ingest: { sha } })
  const history = await ask('GET', '/projects/core/ingest/history')
  expectShape('GET', 'projects/core/ingest/history', history.body)
  expect(history.body.jobs).toMatchObject([
    { id: jobId, source: 'github', project: 'core', dataset: 'engine', status: 'completed' },
  ])
  expect(history.body.jobs[0].summary).toBe('acme/engine (main)')
  const found = await ask('POST', '/projects/core/query', { query: 'parse header', k: 5 })
  expectShape('POST', 'projects/core/query', found.body)
  expect(found.body.hits).toMatchObject([
    { repository: 'acme/engine', path: 'src/a b.c', startLine: 1, endLine: 2 },
  ])
  expect(found.body.hits[0].url).toBe(`${github.url}/acme/engine/blob/${sha}/src/a%20b.c#L1-L2`)
  expect((await ask('POST', '/projects/other/query', { query: 'parse header' })).body.hits).toEqual(
    [],
  )
  expect((await ask('POST', '/projects/all/query', { query: 'header' })).body.hits).toHaveLength(1)
  const gone = await ask('DELETE', '/projects/core/ingest/github?dataset=engine')
  expect(gone).toMatchObject({ status: 200, body: { chunks: 1, repository: 'acme/engine' } })
  expectShape('DELETE', 'projects/core/ingest/github', gone.body)
  expect((await ask('POST', '/projects/core/query', { query: 'header' })).body.hits).toEqual([])
})

test('a dataset says when it is indexed again, and takes changes', async () => {
  github.commit('acme/often', { 'a.c': CODE })
  await whence.ingest('acme/often')
  const path = '/api/v1/projects/core/datasets/often'
  const first = await ask('GET', path)
  expectShape('GET', 'projects/core/datasets/often', first.body)
  expect(first.body).toMatchObject({
    ...{ schedule: { rule: { off: true }, words: 'off', nextAt: null } },
    ...{ onPush: false, priority: 'between', outcome: null },
  })
  const change = { schedule: { every: 21_600 }, priority: 'last' }
  const changed = await ask('PATCH', path, change)
  expectShape('PATCH', 'projects/core/datasets/often', changed.body)
  expect(changed).toMatchObject({ status: 200, body: { priority: 'last', onPush: false } })
  expect(Date.parse(changed.body.schedule.nextAt)).toBeGreaterThan(Date.now() + 21_000_000)
  expect((await ask('GET', '/projects/core/datasets/often')).body).toEqual(changed.body)
  const status = async (method: string, at: string, body?: object) =>
    (await ask(method, at, body)).status
  expect(await status('PATCH', path, { schedule: { every: 1 } })).toBe(422)
  expect(await status('PATCH', path, { schedule: { cron: 'x 3 * * *' } })).toBe(422)
  expect(await status('PATCH', path, { priority: 'urgent' })).toBe(422)
  expect(await status('PATCH', path, { colour: 'red' })).toBe(422)
  // No installation copies the repository.
  expect(await status('PATCH', path, { onPush: true })).toBe(422)
  expect(await status('GET', `${path}-none`)).toBe(404)
  expect(await status('PATCH', `${path}-none`, {})).toBe(404)
  expect(await status('POST', path, {})).toBe(405)
  expect((await ask('GET', path)).body).toEqual(changed.body)
})

test('bad requests get a problem with a hint', async () => {
  github.commit('acme/bad', { 'a.c': CODE })
  const path = '/api/v1/projects/core/ingest/github'
  const status = async (method: string, at: string, body?: object) =>
    (await ask(method, at, body)).status
  expect(await status('POST', path, { repo: 'acme/none' })).toBe(404)
  expect(await status('POST', path, { repo: 'acme/bad', branch: 'none' })).toBe(404)
  expect(await status('POST', path, { repo: 'acme/bad', sha: 'abc' })).toBe(422)
  expect(await status('POST', path, { repo: 'https://example.com/acme/bad' })).toBe(422)
  expect(await status('POST', path, { repo: 'acme/bad', colour: 'red' })).toBe(422)
  expect(await status('POST', path, {})).toBe(422)
  expect(
    await status('POST', '/api/v1/projects/Not%20a%20name/ingest/github', { repo: 'acme/bad' }),
  ).toBe(422)
  expect(await status('POST', '/api/v1/projects/all/ingest/github', { repo: 'acme/bad' })).toBe(422)
  expect(await status('DELETE', path, {})).toBe(422)
  expect(await status('DELETE', path, { dataset: 'a', repo: 'acme/bad' })).toBe(422)
  expect(await status('DELETE', path, { dataset: 'none' })).toBe(404)
  expect(await status('POST', '/projects/core/query', { query: 'x', k: 51 })).toBe(422)
  expect(await status('PUT', path)).toBe(405)
})

test('events tell how an ingest goes, in the words of its interface', async () => {
  github.commit('acme/told', { 'a.c': CODE })
  const events = await listenEvents(`${web.url}/events?project=told`)
  const { jobId } = await whence.request('acme/told', {}, 'told')
  await whence.ended(jobId)
  await expect
    .poll(() => events.received.findLast(({ event }) => event === 'github:progress')?.payload.data)
    .toMatchObject({ jobId, status: 'completed', progress: 100, phase: null, error: null })
  events.close()
})
