import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillWords } from '#app/search/text/fill-words.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { connectAgent } from '../../support/connect-agent.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { requestEverything } from '../../support/ledger-checks.ts'
import { listenEvents } from '../../support/listen-events.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

// Checks every web interface for data of an inactive installation.

const AT = '2026-01-02T00:00:00Z'
const REASON = 'It was suspended on GitHub'
/** Occurs in all copied texts, but in no URL. */
const COPIED = /quokka/i

let opened: TestServices
let db: TestServices['services']['database']['pool']
let web: Web
let agent: Client

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  db = database.pool
  await layQuokka(await addInstallation(database))
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
  agent = await connectAgent(web)
})
afterAll(async () => {
  await agent.close()
  await web.close()
  await opened.close()
})

async function layQuokka(installation: string): Promise<void> {
  const { runId } = await requestEverything(opened.services.database, installation)
  await insert(db, 'work_item', {
    ...{ run_id: runId, position: 1, key: 'a', priority: 3, state: 'gap' },
    ...{ subject: 'acme/zoo#9', message: 'The quokka timed out' },
  })
  const repository_id = await addRepository(db, installation, 'acme/zoo', {
    description: 'Home of the quokka',
  })
  const pull = { title: 'Feed the quokka', merge_commit: 'c'.repeat(40) }
  const pull_request_id = await addPull(db, repository_id, 7, pull)
  await insert(db, 'passage', {
    ...{ repository_id, pull_request_id, kind: 'description', source_id: 's', part: 0 },
    ...{ text: 'Feed the quokka', tokens: 3, content_hash: Buffer.of(1), url: 'https://u' },
    ...{ created_at: AT, read_at: AT },
  })
  await insert(db, 'gap', {
    ...{ repository_id, kind: 'pull_request', node_id: 'PR_8', name: 'acme/zoo#8' },
    ...{ reason: 'The quokka timed out', next_try_at: AT },
  })
  await fillWords(db, new AbortController().signal)
}

async function setActive(active: boolean): Promise<void> {
  const reason = active ? null : REASON
  await db.query('update installation set active = $1, inactive_reason = $2', [active, reason])
}

const get = async (path: string) => (await send(`${web.url}${path}`)).body
const call = async (name: string, given: Record<string, unknown> = {}) =>
  JSON.stringify(await agent.callTool({ name, arguments: given }))

async function firstEvent(): Promise<string> {
  const { until, close } = await listenEvents(`${web.url}/events`)
  const { payload } = await until(({ event }) => event === 'snapshot')
  close()
  return JSON.stringify(payload)
}

const DOORS: Record<string, () => Promise<string>> = {
  'the page of its pull request': () => get('/pulls/acme/zoo/7'),
  'the page of a search': () => get('/search?q=feed'),
  'the first page': () => get('/'),
  'GET search': () => get('/api/v1/search?q=feed'),
  'GET pulls': () => get('/api/v1/pulls/acme/zoo/7'),
  'GET repositories': () => get('/api/v1/repositories'),
  'GET jobs': () => get('/api/v1/jobs'),
  'GET jobs, all of them': () => get('/api/v1/jobs?all'),
  'an export of pull requests': () => get('/api/v1/export/pulls'),
  'an export of conversations': () => get('/api/v1/export/conversations'),
  search_pull_requests: () => call('search_pull_requests', { query: 'feed' }),
  get_pull_request: () => call('get_pull_request', { repository: 'acme/zoo', number: 7 }),
  find_introducing_pull_request: () =>
    call('find_introducing_pull_request', { commit: 'c'.repeat(7) }),
  list_repositories: () => call('list_repositories'),
  sync_status: () => call('sync_status'),
  'the events': laterEvent,
}

/** Streams that begin within a second share what was read of the jobs. */
async function laterEvent(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  return firstEvent()
}

test.each(Object.entries(DOORS))(
  '%s shows copied data only while the installation is active',
  async (_, read) => {
    expect(await read()).toMatch(COPIED)
    await setActive(false)
    const meanwhile = await read()
    await setActive(true)
    expect(meanwhile).not.toMatch(COPIED)
    expect(await read()).toMatch(COPIED)
  },
)

test('its operator sees why it is inactive', async () => {
  await setActive(false)
  const found = await Promise.all([
    get('/'),
    get('/api/v1/jobs'),
    call('sync_status'),
    laterEvent(),
  ])
  await setActive(true)
  for (const text of found) expect(text).toContain(REASON)
})
