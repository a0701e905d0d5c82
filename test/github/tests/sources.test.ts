import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { ask, startSmall } from '#test/github/ask.ts'

const EMPTY = {
  repo: 'a/b',
  exportedAt: '2026-01-01T00:00:00.123+02:00',
  defaultBranch: 'main',
  labels: [],
  issues: [],
  pulls: [],
}

function write(name: string, content: string | Buffer): string {
  const file = join(mkdtempSync(join(tmpdir(), 'stand-in-')), name)
  writeFileSync(file, content)
  return file
}

function start(...paths: string[]) {
  return startSmall({ sources: paths.map((path) => ({ kind: 'archives', path })) })
}

test.each<[string, () => string[], RegExp]>([
  ['a missing file', () => ['no/file.json'], /no\/file\.json cannot be read: check that it exists/],
  [
    'a folder without archives',
    () => [mkdtempSync(join(tmpdir(), 'stand-in-'))],
    /holds no \.json/,
  ],
  ['a file that is not gzip', () => [write('a.json.gz', 'plain')], /is not gzip: compress/],
  [
    'a file cut off',
    () => [write('a.json.gz', gzipSync('{"repo": "a/b", '))],
    /is not JSON: it may be cut off/,
  ],
  [
    'a wrong field',
    () => [write('a.json', JSON.stringify({ ...EMPTY, issues: [{ number: 'one' }] }))],
    /is not an archive of a repository: issues\[0\]\.number: .+ Correct that field/,
  ],
  [
    'a repository given twice',
    () => [write('a.json', JSON.stringify(EMPTY)), write('b.json', JSON.stringify(EMPTY))],
    /Two repositories are called a\/b/,
  ],
])('%s is rejected with a hint', async (_, paths, message) => {
  await expect(start(...paths())).rejects.toThrow(message)
})

test('archives can be plain JSON, contain no pull requests, and be loaded as private', async () => {
  const path = write('a.json', JSON.stringify(EMPTY))
  await using standIn = await startSmall({
    sources: [{ kind: 'archives', path, visibility: 'PRIVATE' }],
  })
  const query =
    '{ repository(owner: "a", name: "b") { visibility createdAt pullRequests { totalCount } } }'
  expect((await ask(standIn, query)).body.data.repository).toEqual({
    visibility: 'PRIVATE',
    createdAt: '2025-12-31T22:00:00Z',
    pullRequests: { totalCount: 0 },
  })
  const stranger = standIn.givePersonalToken('mira', [])
  expect((await ask(standIn, query, {}, stranger)).body.data.repository).toBeNull()
})

test('an id of the old format leads to the same object, and is returned unless a new one is requested', async () => {
  const said = {
    author: 'mira',
    authorAssociation: 'MEMBER',
    body: 'So be it',
    createdAt: EMPTY.exportedAt,
    updatedAt: EMPTY.exportedAt,
  }
  const legacy = 'MDExOlB1bGxSZXF1ZXN0NTg1MDM1NTg0'
  const oid = 'a'.repeat(40)
  const pull = {
    ...said,
    ...{ id: legacy, number: 1, title: 'One', url: 'https://github.com/a/b/pull/1', state: 'OPEN' },
    ...{
      isDraft: false,
      assignees: [],
      labels: [],
      closedAt: null,
      mergedAt: null,
      mergedBy: null,
    },
    ...{
      mergeCommit: null,
      baseRefName: 'main',
      baseRefOid: oid,
      headRefName: 'x',
      headRefOid: oid,
    },
    ...{
      headRepository: null,
      additions: 0,
      deletions: 0,
      changedFiles: 0,
      files: [],
      commits: [],
    },
    ...{ closes: [], comments: [], reviews: [], threads: [] },
  }
  await using standIn = await start(write('a.json', JSON.stringify({ ...EMPTY, pulls: [pull] })))
  const query = `{ node(id: "${legacy}") { id ... on PullRequest { databaseId } } }`
  const asked = (await ask(standIn, query)).body.data.node
  expect(asked).toEqual({ id: expect.stringMatching(/^PR_kwDO/), databaseId: 585_035_584 })
  const plain = await fetch(`${standIn.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `bearer ${standIn.personalToken}` },
    body: JSON.stringify({ query: `{ node(id: "${asked.id}") { id } }` }),
  })
  expect(await plain.json()).toEqual({ data: { node: { id: legacy } } })
})
