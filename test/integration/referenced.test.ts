import { afterAll, beforeAll, expect, test } from 'vitest'
import { readReferenced } from '#app/archive/referenced.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { renderPage } from '#app/components/pull/render-page.server.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { addPull, addRepository } from '../support/laid-rows.ts'
import { addInstallation } from '../support/rehearsal.ts'
import { viewerOf } from '../support/viewer-of.ts'

const OID = 'abc0'.repeat(10)
const TEXT = `see #2, #3 and #99, [there](https://github.com/acme/Other/pull/7), https://github.com/acme/hidden/pull/1
  and https://github.com/acme/other/pull/7#issuecomment-1, acme/Other#7, acme/hidden#1,
  https://github.com/acme/other/pull/7/commits/${OID} https://github.com/acme/other/pull/7/files
  https://github.com/acme/other/pull/7#discussion_r2 https://github.com/acme/other/pull/7#event-3
  and **https://github.com/acme/other/pull/8**, or https://github.com/acme/other/pull/9#issuecomment-4.`
const ENTRY = { id: 'x', anchor: 'x', kind: 'comment' } as never

let opened: TestServices
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  const { pool } = opened.services.database
  installation = await addInstallation(opened.services.database)
  const engine = await addRepository(pool, installation, 'acme/Engine')
  await addPull(pool, engine, 2)
  await addPull(pool, engine, 3, { deleted_at: '2026-01-03T00:00:00Z' })
  const other = await addRepository(pool, installation, 'acme/other')
  for (const number of [7, 8, 9]) await addPull(pool, other, number)
  const foreign = await addInstallation(opened.services.database)
  await addPull(pool, await addRepository(pool, foreign, 'acme/hidden'), 1)
})
afterAll(() => opened.close())

test('references lead to our own page of what the viewer may read, and otherwise to GitHub', async () => {
  const { pool } = opened.services.database
  const scope = await viewerOf(pool, installation)
  const page = await renderPage(
    [ENTRY],
    { from: null, at: null },
    {
      repositoryUrl: 'https://github.com/acme/Engine',
      readTexts: async () => new Map([['x', { text: TEXT, diffHunk: null }]]),
      readCopied: (names) => readReferenced(pool, scope, names),
    },
  )
  const links = [...(page.entries[0]?.rendered?.html ?? '').matchAll(/href="([^"]+)"/g)]
  expect(links.map(([, href]) => href)).toEqual([
    '/pulls/acme/engine/2',
    'https://github.com/acme/Engine/issues/3',
    'https://github.com/acme/Engine/issues/99',
    '/pulls/acme/other/7',
    'https://github.com/acme/hidden/pull/1',
    '/pulls/acme/other/7?at=issuecomment-1#issuecomment-1',
    '/pulls/acme/other/7',
    'https://github.com/acme/hidden/issues/1',
    `/pulls/acme/other/7?at=commit-${OID}#commit-${OID}`,
    'https://github.com/acme/other/pull/7/files',
    '/pulls/acme/other/7?at=discussion_r2#discussion_r2',
    'https://github.com/acme/other/pull/7#event-3',
    '/pulls/acme/other/8',
    '/pulls/acme/other/9?at=issuecomment-4#issuecomment-4',
  ])
})

test('the operator reads them all', async () => {
  const { pool } = opened.services.database
  const names = ['acme/hidden#1', 'acme/engine#2', 'acme/engine#3', 'acme/none#4']
  const found = await readReferenced(pool, operatorScope(), names)
  expect([...found].sort()).toEqual(['acme/engine#2', 'acme/hidden#1'])
})
