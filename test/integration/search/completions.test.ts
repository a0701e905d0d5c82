import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReaders, type ReaderFor } from '#app/auth/readers.server.ts'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import { completeQuery } from '#app/search/complete/complete-query.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

const AT = '2026-01-02T00:00:00Z'

let opened: TestServices
let web: Web
let readerFor: ReaderFor
const ids: Record<string, string> = {}

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  const { pool } = database
  const installation = await addInstallation(database)
  for (const login of ['ada', 'Adele', 'ben'])
    await insert(pool, 'github_user', {
      ...{ node_id: `U_${login}`, login, kind: 'User', read_at: AT },
    })
  for (const [name, author, labels] of [
    ['acme/engine', 'ada', ['bug', 'good first issue']],
    ['acme/secret', 'Adele', ['hidden bug']],
  ] as const) {
    ids[name] = await addRepository(pool, installation, name)
    for (const number of [1, 2]) {
      const pull = { author_id: `U_${author}`, labels: [...labels], milestone: `of ${name}` }
      const id = await addPull(pool, ids[name], number, { ...pull, base_ref_name: 'main' })
      await insert(pool, 'pull_request_file', {
        ...{ repository_id: ids[name], pull_request_id: id, place: 1, path: `src/${number}.ts` },
        ...{
          previous_path: null,
          change_type: 'MODIFIED',
          additions: 1,
          deletions: 0,
          read_at: AT,
        },
      })
    }
  }
  readerFor = openReaders(database)
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function complete(query: string, who: 'operator' | 'viewer' = 'operator') {
  const grant = { repositories: [ids['acme/engine'] as string], operates: [] }
  const scope = who === 'operator' ? operatorScope() : viewerScope(grant)
  const { options } = await completeQuery(readerFor(scope), query, query.length)
  return options.map(({ text }) => text)
}

describe('the completion of a query', () => {
  test('names qualifiers, and the values that do not change', async () => {
    expect(await complete('re')).toEqual(['repo:', 'reviewed-by:', 'review:'])
    expect(await complete('is:')).toEqual(['open', 'closed', 'merged', 'draft'])
    expect(await complete('cache sort:up')).toEqual(['updated', 'updated-asc'])
    expect(await complete('nothing:like')).toEqual([])
    expect(await complete('')).toEqual([])
  })

  test('finds values by any part of them, those that start with it first', async () => {
    expect(await complete('label:bug')).toEqual(['hidden bug'])
    expect(await complete('label:b')).toEqual(['bug', 'hidden bug'])
    expect(await complete('author:AD')).toEqual(['Adele', 'ada'])
    expect(await complete('repo:eng')).toEqual(['acme/engine'])
    expect(await complete('org:a')).toEqual(['acme'])
    expect(await complete('path:src')).toEqual(['src/1.ts', 'src/2.ts'])
    expect(await complete('base:')).toEqual(['main'])
  })

  test('quotes a value with a space', async () => {
    const { options } = await completeQuery(readerFor(operatorScope()), 'label:goo', 9)
    expect(options).toMatchObject([{ insert: '"good first issue" ' }])
  })

  test('knows nothing beyond the scope', async () => {
    expect(await complete('label:', 'viewer')).toEqual(['bug', 'good first issue'])
    expect(await complete('author:', 'viewer')).toEqual(['ada'])
    expect(await complete('repo:', 'viewer')).toEqual(['acme/engine'])
    expect(await complete('milestone:', 'viewer')).toEqual(['of acme/engine'])
  })
})

describe('the address for completion', () => {
  async function suggest(query: Record<string, string>) {
    const { status, body } = await send(`${web.url}/suggest?${new URLSearchParams(query)}`)
    return { status, ...(JSON.parse(body) as { options: object[]; start: number; end: number }) }
  }

  test('offers pages and repositories beside qualifiers', async () => {
    const { status, options } = await suggest({ q: 'pro' })
    expect(status).toBe(200)
    expect(options).toContainEqual({ kind: 'page', text: 'Projects', href: '/projects' })
    const { options: named } = await suggest({ q: 'engine' })
    expect(named).toMatchObject([{ kind: 'repository', text: 'acme/engine' }])
  })

  test('completes at the caret, wherever that is said to be', async () => {
    expect(await suggest({ q: 'is:o cache', at: '4' })).toMatchObject({ start: 3, end: 4 })
    for (const at of ['-1', '99999999999999999999', 'x', '1e9', ''])
      expect((await suggest({ q: 'is:o', at })).status).toBe(200)
    for (const q of ['label:a\u0000b', 'repo:\ud800', '\u0000 "'.repeat(2_000)])
      expect((await suggest({ q })).status).toBe(200)
  })
})

describe('preferences', () => {
  test('are kept by the browser, and lead back to the page', async () => {
    const form = 'theme=dark&back=%2Fsearch%3Fq%3Da'
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: web.url }
    const answer = await send(`${web.url}/preferences`, headers, 'POST', form)
    expect([answer.status, answer.headers.location]).toEqual([303, '/search?q=a'])
    const [cookie = ''] = [answer.headers['set-cookie'] ?? []].flat()
    expect(cookie).toMatch(/^whence_preferences=dark\.on; Path=\/; HttpOnly; SameSite=Lax/)
    const page = await send(`${web.url}/search`, { cookie: cookie.split(';')[0] ?? '' })
    expect(page.body).toContain('data-theme="dark"')
  })

  test('fall back to the defaults for a cookie that Whence did not set', async () => {
    for (const value of ['', 'x.y', '"><script>', 'dark', '..']) {
      const { body, status } = await send(`${web.url}/search`, {
        cookie: `whence_preferences=${value}`,
      })
      expect(status).toBe(200)
      expect(body).toMatch(value === 'dark' ? /data-theme="dark"/ : /data-theme="system"/)
    }
  })
})

test('pages that are only read ship no framework', async () => {
  const { body } = await send(`${web.url}/pulls`, { accept: 'text/html' })
  expect(body.match(/<script/g)).toHaveLength(1)
  expect(body).toMatch(/<script type="module" src="\/assets\/index-/)
})
