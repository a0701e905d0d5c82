import { afterAll, beforeAll, expect, test } from 'vitest'
import { countWords } from '#app/search/text/count-words.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices, testProfile } from '../../services/setup.ts'
import { addPassages, addPullRequest, addRepository } from '../../support/github-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { type Answer, send } from '../../support/send.ts'

let opened: TestServices
let web: Web

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  const repositoryId = await addRepository(
    database.pool,
    await addInstallation(database),
    'octo/repo',
  )
  for (const number of [1, 2, 3]) {
    const pullRequestId = await addPullRequest(database.pool, repositoryId, number)
    const of = { repositoryId, pullRequestId }
    await addPassages(database.pool, of, [`=HYPERLINK("quokka ${number}")`])
  }
  const { signal } = new AbortController()
  await fillWords(database.pool, signal)
  await countWords(database.pool, testProfile(), signal)
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

/** Sends a form as a page does, and opens the page to which the answer leads. */
async function submit(fields: Record<string, string>): Promise<Answer> {
  const { status, headers } = await send(
    `${web.url}/search`,
    { origin: web.url, 'content-type': 'application/x-www-form-urlencoded' },
    'POST',
    String(new URLSearchParams(fields)),
  )
  expect(status).toBe(303)
  const cookie = String(headers['set-cookie']).split(';')[0] as string
  return send(`${web.url}${headers.location}`, { cookie })
}

test('a search is kept, listed, completed and deleted without script', async () => {
  const kept = await submit({
    ...{ intent: 'keep-search', name: 'Marsupials', q: 'quokka', mode: 'keyword', type: 'all' },
    shared_with: '',
  })
  expect(kept.body).toContain('Kept the search')
  expect(kept.body).toContain('value="quokka"')
  const { body } = await send(`${web.url}/search`)
  expect(body).toContain('href="/search?q=quokka&amp;mode=keyword"')
  const suggested = JSON.parse((await send(`${web.url}/suggest?q=marsu`)).body)
  expect(suggested.options).toMatchObject([{ kind: 'saved', text: 'Marsupials' }])
  const search = /name="search" value="(\d+)"/.exec(body)?.[1] as string
  const deleted = await submit({ intent: 'forget-search', search })
  expect(deleted.body).toContain('Deleted the search')
  expect(deleted.body).not.toContain('href="/search?q=quokka')
})

test('what cannot be kept is refused with a hint, and the search is still shown', async () => {
  const { body } = await submit({ intent: 'keep-search', name: ' ', q: 'quokka' })
  expect(body).toContain('Give it a name of 1 to 80 characters, and a query.')
  expect(body).toContain('3 results')
})

test('all that a search finds is exported, and no cell is a formula', async () => {
  const { status, headers, body } = await send(`${web.url}/search.csv?q=quokka&mode=keyword`)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/csv; charset=utf-8')
  const lines = body.trimEnd().split('\r\n')
  expect(lines).toHaveLength(4)
  expect(lines[0]).toBe(
    '"repository","number","title","state","author","createdAt","updatedAt","labels","score","url","text"',
  )
  expect(lines[1]).toContain('"octo/repo"')
  expect(lines[1]).toContain(`"'=HYPERLINK(""quokka`)
})

test('an export without a query is refused', async () => {
  const { status, body } = await send(`${web.url}/search.csv`)
  expect(status).toBe(422)
  expect(body).toContain('q: is missing')
})
