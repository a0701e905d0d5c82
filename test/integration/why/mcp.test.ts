import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillWords } from '#app/search/text/fill-words.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { ENGINE, ENGINE_PATH, type LaidEngine, layEngine } from '../../support/code/lay-engine.ts'
import { connectAgent } from '../../support/connect-agent.ts'
import { insert } from '../../support/laid-rows.ts'

const line = { repository: ENGINE, path: ENGINE_PATH, line: '3' }

let opened: TestServices
let web: Web
let client: Client
let laid: LaidEngine

beforeAll(async () => {
  opened = await openTestServices()
  const { config, database } = opened.services
  laid = await layEngine(opened.services)
  await insert(database.pool, 'passage', {
    ...{ repository_id: laid.repositoryId, kind: 'description', source_id: 's', part: 0 },
    ...{ text: 'We have to count, as readers asked.', tokens: 8, content_hash: Buffer.of(1) },
    ...{ url: 'https://u/7', created_at: '2026-01-02T00:00:00Z', read_at: '2026-01-02T00:00:00Z' },
    pull_request_id: await pullId(7),
  })
  await fillWords(database.pool, new AbortController().signal)
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
  client = await connectAgent(web)
})
afterAll(async () => {
  await client.close()
  await web.close()
  await opened.close()
})

async function pullId(number: number): Promise<string | undefined> {
  const { rows } = await opened.services.database.pool.query<{ id: string }>(
    'select id from pull_request where number = $1',
    [number],
  )
  return rows[0]?.id
}

async function call(name: string, given: Record<string, unknown>) {
  const result = (await client.callTool({ name, arguments: given })) as CallToolResult
  const [content] = result.content
  const text = content?.type === 'text' ? content.text : ''
  // biome-ignore lint/suspicious/noExplicitAny: the client has checked it against the tool's schema.
  return { text, structured: result.structuredContent as any, isError: result.isError ?? false }
}

const explain = (given: Record<string, unknown>) => call('explain_decision', given)
const find = (given: Record<string, unknown>) => call('find_introducing_pull_request', given)

test('a line leads to the pull request that brought it, and to how sure that is', async () => {
  const { structured, text } = await find({ ...line, limit: 1 })
  expect(structured).toMatchObject({
    says: [expect.stringContaining('#7 brought it: it makes the same change.')],
    freshness: { repository: ENGINE, oid: laid.oids.squash, syncedUntil: expect.any(String) },
    pullRequests: [
      {
        pullRequest: { number: 7 },
        matches: [{ how: 'line', oid: laid.oids.squash, path: ENGINE_PATH, line: 3 }],
      },
    ],
  })
  expect(text).toContain('copy of the pull requests complete until 2026-01-03')
})

test('a squash leads to its pull request by the history, where GitHub lists nothing', async () => {
  expect((await find({ commit: laid.oids.squash })).structured.pullRequests).toEqual([])
  const { structured } = await find({ commit: laid.oids.squash.slice(0, 12), repository: ENGINE })
  expect(structured.pullRequests).toMatchObject([
    { pullRequest: { number: 7 } },
    { pullRequest: { number: 9 } },
  ])
})

test('what was pushed directly is told as that', async () => {
  const { structured, text } = await find({ ...line, line: '1' })
  expect(structured.pullRequests).toEqual([])
  expect(text).toContain('Nothing speaks for a pull request')
})

test('the reasons of a line come in one quotation, the thread on it first', async () => {
  const { structured, text } = await explain(line)
  expect(structured).toMatchObject({
    all: 2,
    next: null,
    reasons: [
      { kind: 'review_thread', onLines: true, number: 7, text: 'ghost: Why c?' },
      { kind: 'description', text: 'We have to count, as readers asked.' },
    ],
    freshness: [{ oid: laid.oids.squash, publishedAt: expect.any(String) }],
  })
  const mark = /<<<([0-9a-f]{24})/.exec(text)?.[1]
  const marked = text.split('\n').filter((one) => one.startsWith(`${mark} `))
  expect(marked).toEqual([
    `${mark} review thread on these lines, ${ENGINE}#7, 2026-01-03, https://u`,
    expect.stringMatching(`^${mark} description, ${ENGINE}#7`),
  ])
})

test('the reasons of a commit, of a path and of a question are found', async () => {
  for (const given of [
    { repository: ENGINE, ref: laid.oids.squash },
    { repository: ENGINE, path: 'src' },
    { question: 'why count' },
    { question: 'why count', repository: ENGINE },
  ]) {
    const { structured } = await explain(given)
    const texts = structured.reasons.map(({ text }: { text: string }) => text)
    expect([given, texts]).toEqual([
      given,
      expect.arrayContaining([expect.stringMatching(/count/)]),
    ])
    expect(structured.freshness).toMatchObject([{ repository: ENGINE }])
  }
})

test('pages keep to the budget of tokens, and lose nothing', async () => {
  const { pool } = opened.services.database
  const long = Array.from({ length: 900 }, (_, n) => `Reason ${n}.`)
    .join(' ')
    .slice(0, 3_990)
  await pool.query('update review_comment set body = $1', [long])
  const read: string[] = []
  let cursor: string | undefined
  do {
    const page = await explain({ ...line, maxTokens: 500, ...(cursor && { cursor }) })
    expect(page.text.length).toBeLessThan(4_000)
    read.push(...page.structured.reasons.map(({ text }: { text: string }) => text))
    cursor = page.structured.next ?? undefined
  } while (cursor)
  expect(read.length).toBeGreaterThan(2)
  expect(read.join('')).toBe(`ghost: ${long}We have to count, as readers asked.`)
})

test.each([
  [{}, /Either a question is needed/],
  [{ question: 'x', ...line }, /Either a question is needed/],
  [{ path: ENGINE_PATH, line: '1' }, /Either a question is needed/],
  [{ repository: ENGINE }, /Neither a path nor a commit/],
  [{ ...line, path: 'old.c' }, /it was renamed to src\/a b\.c/],
  [{ ...line, line: '9' }, /has 3 lines/],
  [{ ...line, line: '0' }, /line/],
  [{ ...line, ref: 'none' }, /no branch none/],
  [{ ...line, cursor: 'x' }, /cursor: does not belong/],
  [{ repository: 'acme/none', path: 'a' }, /no code of acme\/none/],
])('explain_decision refuses %j in plain words', async (given, message) => {
  expect(await explain(given)).toMatchObject({
    isError: true,
    text: expect.stringMatching(message),
  })
})

test.each([
  { ...line, repository: undefined },
  { repository: ENGINE, line: '3' },
  { ...line, commit: 'abcdef1' },
  { repository: ENGINE, path: ENGINE_PATH, ref: 'main' },
])('find_introducing_pull_request refuses %j', async (given) => {
  expect(await find(given)).toMatchObject({
    isError: true,
    text: expect.stringContaining('A line needs a path and a repository'),
  })
})
