import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { callWhence } from '../../services/whence.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { ENGINE, ENGINE_PATH, type LaidEngine, layEngine } from '../../support/code/lay-engine.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let web: Web
let oids: LaidEngine['oids']

beforeAll(async () => {
  opened = await openTestServices()
  const { config } = opened.services
  oids = (await layEngine(opened.services)).oids
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function ask(changes: Record<string, string>) {
  const query = new URLSearchParams({ repo: ENGINE, path: ENGINE_PATH, line: '3', ...changes })
  const { status, body } = await send(`${web.url}/api/v1/why?${query}`)
  return { status, body: JSON.parse(body) }
}

test('a line leads to the pull request with the same change, whatever number its message gives', async () => {
  const { status, body } = await ask({})
  expect(status).toBe(200)
  expectShape('GET', 'why', body)
  expect(body).toMatchObject({
    ...{ repository: ENGINE, path: 'src/a b.c', oid: oids.squash },
    ranges: [
      {
        ...{
          from: 3,
          to: 3,
          originalPath: 'src/a b.c',
          says: '#7 brought it: it makes the same change.',
        },
        pullRequests: [
          { number: 7, evidence: ['patch_id'] },
          { number: 9, evidence: ['message'] },
        ],
      },
    ],
  })
})

test('lines before a rename lead to where they were, and a direct push is told as that', async () => {
  const { body } = await ask({ line: '1-2' })
  expect(body.ranges).toMatchObject([
    {
      ...{ from: 1, to: 2, originalPath: 'old.c', pullRequests: [], pushedDirectly: { by: 'Ada' } },
      says: expect.stringMatching(/^Nothing speaks for a pull request/),
    },
  ])
})

test('a commit, a path and the history of lines lead to their commits', async () => {
  const commit = await send(`${web.url}/api/v1/why?repo=${ENGINE}&ref=${oids.squash.slice(0, 9)}`)
  const ofCommit = JSON.parse(commit.body)
  expectShape('GET', 'why', ofCommit)
  expect(ofCommit).toMatchObject({
    ...{ path: null, ranges: [], syncedUntil: '2026-01-03T00:00:00.000Z' },
    commits: [{ commit: { oid: oids.squash }, pullRequests: [{ number: 7 }, { number: 9 }] }],
  })
  const path = await send(`${web.url}/api/v1/why?repo=${ENGINE}&path=src`)
  expect(JSON.parse(path.body)).toMatchObject({
    commits: [{ commit: { oid: oids.squash } }, { commit: { oid: oids.renamed } }],
  })
  const { body } = await ask({ line: '2-3', history: 'true' })
  expectShape('GET', 'why', body)
  expect(body.ranges).toHaveLength(2)
  expect(body.commits).toMatchObject([
    {
      commit: { oid: oids.squash },
      words: [{ kind: 'description' }, { onLines: false, text: 'ghost: Why c?' }],
    },
    { commit: { summary: 'Begin' }, pushedDirectly: { by: 'Ada' } },
  ])
})

test('a symbol and a text lead to where they stand in the indexed code', async () => {
  for (const query of ['symbol=count', 'symbol=COUNT', 'text=int+c;'].map((one) => `&${one}`)) {
    const { body } = await send(`${web.url}/api/v1/why?repo=${ENGINE}${query}`)
    expect(JSON.parse(body)).toMatchObject({
      ...{ path: ENGINE_PATH, oid: oids.squash },
      ranges: expect.arrayContaining([expect.objectContaining({ from: 3, to: 3 })]),
    })
  }
  const none = await send(`${web.url}/api/v1/why?repo=${ENGINE}&symbol=none`)
  expect([none.status, none.body]).toEqual([404, expect.stringContaining('Nothing like that')])
})

test('a commit that was force-pushed away is told as one that the default branch does not have', async () => {
  const { body } = await ask({ ref: oids.pushedAway, line: '1' })
  expect(body.ranges).toMatchObject([
    {
      ...{ pullRequests: [], pushedDirectly: null },
      says: expect.stringMatching(/^No pull request is known: the default branch did not have/),
    },
  ])
})

test('without a path and a commit, the answer says what to give', async () => {
  const { status, body } = await send(`${web.url}/api/v1/why?repo=${ENGINE}`)
  expect(status).toBe(422)
  expect(body).toContain('Give a path, with lines or without, or a commit as ref')
  const never = await send(`${web.url}/api/v1/why?repo=${ENGINE}&path=never`)
  expect([never.status, never.body]).toEqual([
    404,
    expect.stringContaining('No commit has changed'),
  ])
})

test.each([
  [{ line: '4' }, 404, /has 3 lines/],
  [{ path: 'old.c' }, 404, /it was renamed to src\/a b\.c in/],
  [{ path: 'gone.c' }, 404, /it was deleted in/],
  [{ path: 'never.c' }, 404, /There is no file never\.c at/],
  [{ path: '../etc/passwd' }, 404, /There is no file/],
  [{ path: 'bin', line: '1' }, 404, /binary/],
  [{ ref: 'no-such-branch' }, 404, /no branch no-such-branch/],
  [{ ref: 'e'.repeat(40) }, 404, /A force-push may have removed it/],
  [{ repo: 'acme/none' }, 404, /no code of acme\/none/],
  [{ repo: '' }, 404, /no code of/],
  [{ path: 'never', line: '' }, 422, /line/],
  [{ line: '0' }, 422, /line/],
  [{ line: 'x' }, 422, /line/],
  [{ history: 'maybe' }, 422, /history/],
  [{ path: '' }, 422, /path/],
  [{ ref: '' }, 422, /ref/],
])('%j is answered with %i in plain words', async (changes, status, words) => {
  const answer = await ask(changes)
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([
    status,
    expect.stringMatching(words),
  ])
})

test.each([[['3']], [['1-2', '--json']], [['9000']], [['3', '--ref', 'nowhere']]])(
  'whence why tells here what it tells from elsewhere: %j',
  async ([line, ...more] = []) => {
    const argv = ['why', `${ENGINE_PATH}:${line}`, '--repo', ENGINE, ...more]
    const here = await callWhence(argv, opened.environment, opened.services)
    expect(await callWhence(argv, { WHENCE_URL: web.url })).toEqual(here)
    const isTold = !more.includes('nowhere') && line !== '9000'
    expect([here.code, here.stdout.includes(ENGINE)]).toEqual([isTold ? 0 : 1, isTold])
  },
)
