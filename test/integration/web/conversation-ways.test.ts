import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullSchema } from '#app/archive/pull-shapes.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { connectAgent } from '../../support/connect-agent.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

// All ways to read a conversation must return the same entries in the same order.

let opened: TestServices
let web: Web
let agent: Client

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  await layConversation(database.pool, await addInstallation(database))
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
  agent = await connectAgent(web)
})
afterAll(async () => {
  await agent.close()
  await web.close()
  await opened.close()
})

function minute(at: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, at)).toISOString()
}

/**
 * Adds a pull request opened by a bot, with a thread that a person's review starts and a review without text
 * answers.
 */
async function layConversation(
  db: TestServices['services']['database']['pool'],
  installation: string,
): Promise<void> {
  const read_at = minute(99)
  for (const [login, kind] of [
    ['ann', 'User'],
    ['renovate[bot]', 'Bot'],
  ])
    await insert(db, 'github_user', { node_id: `U_${login}`, login, kind, read_at })
  const repository_id = await addRepository(db, installation, 'octo/repo')
  const description = { body: 'DESCRIPTION', author_id: 'U_renovate[bot]', created_at: minute(0) }
  const pull_request_id = await addPull(db, repository_id, 7, description)
  const said = (node_id: string, at: number, login: string, body = node_id) => ({
    ...{ node_id, repository_id, pull_request_id, author_id: `U_${login}`, body, read_at },
    ...{ created_at: minute(at), updated_at: minute(at), author_association: 'NONE' },
    url: `https://github.com/octo/repo/pull/7#${node_id}`,
  })
  const minimized = { is_minimized: true, minimized_reason: 'off-topic' }
  await insert(db, 'comment', { ...said('LATER', 9, 'ann'), ...minimized })
  await insert(db, 'comment', said('EARLIER', 1, 'renovate[bot]'))
  const state = 'COMMENTED'
  await insert(db, 'review', { ...said('REVIEW', 5, 'ann'), state, submitted_at: minute(5) })
  await insert(db, 'review', { ...said('SILENT', 8, 'ann', ''), state, submitted_at: minute(8) })
  for (const [node_id, path] of [
    ['T_1', 'second.ts'],
    ['T_2', 'first.ts'],
  ] as const)
    await insert(db, 'review_thread', {
      ...{ node_id, repository_id, pull_request_id, path, read_at },
      ...{ diff_side: 'RIGHT', is_resolved: false, is_outdated: false },
    })
  const place = { diff_hunk: '', path: '' }
  const comment = (row: ReturnType<typeof said>, thread_id: string, review_id: string) =>
    insert(db, 'review_comment', { ...row, ...place, thread_id, review_id })
  await comment(said('THREAD-B', 4, 'ann'), 'T_1', 'REVIEW')
  await comment(said('ANSWER-B', 8, 'renovate[bot]'), 'T_1', 'SILENT')
  await comment(said('THREAD-A', 3, 'ann'), 'T_2', 'REVIEW')
}

const ORDER = [
  'DESCRIPTION',
  'EARLIER',
  'REVIEW',
  'THREAD-A',
  'THREAD-B',
  'ANSWER-B',
  'LATER',
] as const
const BY_BOTS = ['DESCRIPTION', 'EARLIER', 'ANSWER-B']

test('the page shows entries in reading order, and marks bots and hidden comments', async () => {
  const { status, body } = await send(`${web.url}/pulls/octo/repo/7`)
  expect(status).toBe(200)
  const list = body.slice(body.indexOf('<ol'), body.indexOf('</ol>'))
  const places = ORDER.map((text) => list.indexOf(`<p>${text}</p>`))
  expect(places.every((place) => place > 0)).toBe(true)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  const marked = ORDER.filter((_, at) => {
    const before = list.slice(places[at - 1] ?? 0, places[at])
    return />bot<\/span>/.test(before)
  })
  expect(marked).toEqual(BY_BOTS)
  expect(list.match(/hidden on GitHub[^<]*/g)).toEqual(['hidden on GitHub as off-topic'])
  expect(list.slice(places.at(-2), places.at(-1))).toContain('hidden on GitHub')
  expect(body.slice(0, body.indexOf('<ol'))).toMatch(/Opened by .*renovate\[bot\].*>bot<\/span>/)
})

test('an agent receives the same', async () => {
  const answer = await agent.callTool({
    name: 'get_pull_request',
    arguments: { repository: 'octo/repo', number: 7 },
  })
  const { entries, pullRequest } = answer.structuredContent as {
    entries: { text: string; isBot: boolean }[]
    pullRequest: { isBot: boolean }
  }
  expect(entries.map(({ text }) => text)).toEqual(ORDER)
  expect(entries.filter(({ isBot }) => isBot).map(({ text }) => text)).toEqual(BY_BOTS)
  expect(pullRequest.isBot).toBe(true)
  expect(entries.at(-1)).toMatchObject({ isMinimized: true, minimizedReason: 'off-topic' })
  expect(entries.at(-2)).toMatchObject({ isMinimized: null, minimizedReason: null })
  const [content] = answer.content as { text: string }[]
  expect(content?.text.match(/hidden on GitHub \(off-topic\)/g)).toHaveLength(1)
  expect(content?.text.match(/by renovate\[bot\] \(a bot\)/g)).toHaveLength(1 + BY_BOTS.length)
})

test('the API marks every author as bot or not, and every comment as hidden or not', async () => {
  const { body } = await send(`${web.url}/api/v1/pulls/octo/repo/7`)
  const found = pullSchema.parse(JSON.parse(body))
  expect(pullSchema.encode(found)).toEqual(JSON.parse(body))
  expect(found.author).toEqual({ login: 'renovate[bot]', isBot: true })
  expect(found.comments.map((one) => [one.isMinimized, one.minimizedReason])).toEqual([
    [null, null],
    [true, 'off-topic'],
  ])
  expect(found.comments.map(({ author }) => author)).toEqual([
    { login: 'renovate[bot]', isBot: true },
    { login: 'ann', isBot: false },
  ])
})
