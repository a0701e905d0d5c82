import { afterAll, beforeAll, expect, test } from 'vitest'
import { problem } from '#app/api/problems.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPassages } from '../../support/github-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { layPullsToFind } from '../../support/search/pulls-to-find.ts'
import { send } from '../../support/send.ts'

let opened: TestServices
let web: Web

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  const { pool } = database
  await layPullsToFind(pool, await addInstallation(database))
  const { rows } = await pool.query<{ pullRequestId: string; repositoryId: string }>(
    `select id as "pullRequestId", repository_id as "repositoryId" from pull_request
     where number in (2, 5) order by number`,
  )
  const [second, fifth] = rows as [(typeof rows)[0], (typeof rows)[0]]
  await addPassages(pool, second, ['The session token expires'])
  await addPassages(pool, fifth, ['A token of the session'])
  await fillWords(pool, new AbortController().signal)
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

function ask(list: string, q: string) {
  return send(`${web.url}/api/v1/export/${list}?${new URLSearchParams({ q })}`)
}

async function numbers(q: string, list = 'pulls', field = 'number'): Promise<unknown[]> {
  const { status, body } = await ask(list, q)
  expect(status).toBe(200)
  const rows = body.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)))
  return rows.map((row) => row[field]).sort()
}

test.each([
  ['', [1, 2, 3, 4, 5, 6]],
  ['is:merged', [3, 4]],
  ['repo:acme/tools -is:merged', [1, 2]],
  ['author:ann label:bug', [1]],
  ['path:src/auth', [3]],
  ['in:comments bot:true', [1]],
  ['"session token"', [2]],
  ['session OR nothing is:closed', [5]],
  ['-session is:open', [1, 6]],
])('an export of %j contains the matching pull requests', async (q, expected) => {
  expect(await numbers(q)).toEqual(expected)
  expect(await numbers(q, 'conversations')).toEqual(expected)
})

test('a query also selects the rows of comments and of CSV', async () => {
  expect(await numbers('author:ann', 'comments', 'pullRequest')).toEqual([1, 1])
  expect(await numbers('-author:ann', 'comments', 'pullRequest')).toEqual([6])
  const { body } = await send(`${web.url}/api/v1/export/comments?format=csv&q=author:nobody`)
  expect(body.trim().split('\r\n')).toHaveLength(1)
})

test.each([
  ['autor:ann', 'q: `autor:` is not a qualifier'],
  ['session token', 'q: the words session, token only affect the ranking'],
  ['is:merged sort:created', 'q: similar: and sort: are not allowed'],
  ['similar:acme/tools#1', 'q: similar: and sort: are not allowed'],
  ['"of the"', 'q: "of the" was ignored: it has only stop words'],
  ['"session', 'q: A quote is not closed'],
  ['is:open '.repeat(400), 'q: The query has 3,200 characters'],
])('an export rejects %j instead of returning something else', async (q, detail) => {
  const { status, body } = await ask('pulls', q)
  expect(status).toBe(422)
  expect(problem.parse(JSON.parse(body)).detail).toContain(detail)
})
