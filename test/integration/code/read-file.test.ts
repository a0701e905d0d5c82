import { afterAll, beforeAll, expect, test } from 'vitest'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import { PAGE_LINES } from '#app/code/views/page-lines.ts'
import { readFile } from '#app/code/views/read-file.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { layCode } from '#test/support/code/lay-code.ts'
import { addRepository } from '#test/support/laid-rows.ts'
import { addInstallation } from '#test/support/rehearsal.ts'

const OPERATOR = operatorScope()
const LONG = Array.from({ length: PAGE_LINES }, (_, index) => `line ${index + 1}`).join('\n')

let services: TestServices
let pool: Pool
let repository: string

beforeAll(async () => {
  services = await openTestServices()
  pool = services.services.database.pool
  const installation = await addInstallation(services.services.database)
  repository = await addRepository(pool, installation, 'acme/engine')
  const own = { installation, repository }
  await layCode(pool, {
    ...own,
    files: {
      'src/a.ts': { chunks: [{ text: 'one\n' }, { text: 'three' }] },
      'old.ts': { until: 1, chunks: [{ text: 'gone' }] },
      'next.ts': { since: 2, chunks: [{ text: 'not yet' }] },
      'long.ts': { chunks: [{ text: LONG }, { text: 'the\nlast' }] },
    },
  })
  await layCode(pool, { ...own, branch: 'main/src', files: { 'a.ts': 'of the longer branch' } })
  await layCode(pool, { ...own, branch: 'topic/x', files: { 'b/c.ts': 'topic' } })
})
afterAll(() => services.close())

function read(place: string, from = 1, scope = OPERATOR, repository = 'acme/engine') {
  return readFile(pool, scope, { repository, place, from })
}

test('joins the chunks of a file in their order', async () => {
  expect(await read('topic/x/b/c.ts')).toMatchObject({ branch: 'topic/x', path: 'b/c.ts' })
  expect(await read('main/long.ts')).toMatchObject({ first: 1, lines: PAGE_LINES + 2, text: LONG })
  expect(await read('main/long.ts', PAGE_LINES + 1)).toMatchObject({ text: 'the\nlast' })
  expect(await read('main/long.ts', PAGE_LINES + 9)).toBeNull()
})

test('prefers the longer branch where two have such a path', async () => {
  expect(await read('main/src/a.ts')).toMatchObject({ text: 'of the longer branch' })
  await pool.query(`update code_ref set hidden_at = now() where branch = 'main/src'`)
  expect(await read('main/src/a.ts')).toMatchObject({ text: 'one\n\nthree', lines: 3 })
})

test('reads nothing but the generation that holds, in scope', async () => {
  expect(await read('main/old.ts')).toBeNull()
  expect(await read('main/next.ts')).toBeNull()
  expect(await read('main')).toBeNull()
  expect(await read("main/' or true --")).toBeNull()
  expect(await read('main/long.ts', 1, OPERATOR, 'ACME/Engine')).not.toBeNull()
  const stranger = viewerScope({ repositories: [], operates: [] })
  expect(await read('main/long.ts', 1, stranger)).toBeNull()
  const reader = viewerScope({ repositories: [repository], operates: [] })
  expect(await read('main/long.ts', 1, reader)).not.toBeNull()
})
