import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EXPORTS } from '#app/api/export-request.ts'
import { problem } from '#app/api/problems.ts'
import { pullSchema } from '#app/archive/pull-shapes.ts'
import { openReaders } from '#app/auth/readers.server.ts'
import type { Scope } from '#app/auth/scope.ts'
import { chooseCode, readCode } from '#app/exports/code.ts'
import { readRows, refuseUnknown } from '#app/exports/read-rows.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { layCode } from '../../support/code/lay-code.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'
import { viewerOf } from '../../support/viewer-of.ts'

const AT = '2026-01-01T00:00:00Z'

let opened: TestServices
let db: TestServices['services']['database']['pool']
let web: Web
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  web = await startWeb({ ...opened.services, config: { ...opened.services.config, PORT: 0 } })
})
beforeEach(async () => {
  await db.query('truncate installation, github_user cascade')
  installation = await addInstallation(opened.services.database)
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

const ask = (path: string) => send(`${web.url}/api/v1/export/${path}`)

async function lines(path: string): Promise<Record<string, unknown>[]> {
  const { status, headers, body } = await ask(path)
  expect([status, headers['content-type']]).toEqual([200, 'application/jsonl; charset=utf-8'])
  return body.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)))
}

/** Adds comments with bodies of the given length to one pull request. */
async function addComments(
  of: { repository: string; pull: string },
  count: number,
  body = 'text',
): Promise<void> {
  await db.query(
    `insert into comment (node_id, repository_id, pull_request_id, author_association, body, url,
       created_at, updated_at, read_at)
     select 'C_' || $2 || '_' || n, $1, $2::bigint, 'NONE', $4, 'https://u', $5, $5, $5
     from generate_series(1, $3::int) n`,
    [of.repository, of.pull, count, body, AT],
  )
}

async function addOne(fullName = 'Octo/Repo', number = 7) {
  const repository = await addRepository(db, installation, fullName)
  return { repository, pull: await addPull(db, repository, number, { labels: ['a', 'b'] }) }
}

describe('an export of code', () => {
  const chunks = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ text: `int n${at};`, symbol: `n${at}` }))

  test('has every chunk of the generation that holds, over any number of pages', async () => {
    const laid = { installation, oid: 'c'.repeat(40), generation: 2 }
    await layCode(db, {
      ...laid,
      files: {
        'src/a.c': { chunks: chunks(60), language: 'C' },
        'old.c': { chunks: chunks(3), until: 2 },
        'new.c': { chunks: chunks(3), since: 3 },
      },
    })
    await layCode(db, { ...laid, fullName: 'acme/web', branch: 'next', files: { 'b.ts': 'let b' } })
    const rows = await lines('code')
    expect(rows).toHaveLength(61)
    expect(new Set(rows.map(({ text }) => text)).size).toBe(61)
    expect(rows[0]).toEqual({
      ...{ repository: 'acme/engine', branch: 'main', oid: 'c'.repeat(40), path: 'src/a.c' },
      ...{ language: 'C', startLine: 1, endLine: 1, symbol: 'n0', text: 'int n0;' },
    })
    for (const [query, count] of [
      ['repo=ACME/web', 1],
      ['repo=acme/*', 61],
      ['q=ref:next', 1],
      ['q=path:src/*.c symbol:n7', 1],
      ['repo=acme/web&q=lang:c', 0],
      ['repo=acme/*&q=repo:acme/web', 1],
      ['repo=acme/web&q=repo:acme/engine', 0],
    ] as const)
      expect([query, (await lines(`code?${encodeURI(query)}`)).length]).toEqual([query, count])
  })

  test('is CSV with a header, even if empty', async () => {
    const { status, body } = await ask('code?format=csv')
    expect([status, body]).toEqual([200, expect.stringMatching(/^"repository"(,"\w+")+\r\n$/)])
  })

  test('refuses words, and repositories without code', async () => {
    await layCode(db, { installation, files: { 'a.c': 'int a;' } })
    expect((await ask('code?q=parse%20header')).status).toBe(422)
    expect((await ask('code?repo=acme/unknown')).status).toBe(404)
  })

  test('stays within the scope, without what is being erased', async () => {
    const repository = await addRepository(db, installation, 'acme/engine')
    const other = await addInstallation(opened.services.database)
    const ref = await layCode(db, { installation, repository, files: { 'a.c': 'int a;' } })
    const read = async (of: string) => {
      const reader = openReaders(opened.services.database)(await viewerOf(db, of))
      const rows = []
      for await (const row of readCode(reader, chooseCode('', []))) rows.push(row.path)
      return rows
    }
    expect([await read(installation), await read(other)]).toEqual([['a.c'], []])
    await db.query('update code_ref set hidden_at = now() where id = $1', [ref])
    expect(await read(installation)).toEqual([])
  })
})

describe('an export', () => {
  test('returns every row once, over any number of pages', async () => {
    const first = await addOne()
    await addComments(first, 250)
    await addComments({ ...first, pull: await addPull(db, first.repository, 8) }, 100)
    const rows = await lines('comments')
    expect(rows).toHaveLength(350)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(350)
    expect(rows[0]).toMatchObject({ repository: 'Octo/Repo', pullRequest: 7, author: null })
    expect(rows.map(({ pullRequest }) => pullRequest)).toEqual(
      [...rows.map(({ pullRequest }) => pullRequest as number)].sort((a, b) => a - b),
    )
  })

  test('returns pull requests flat, or complete as the API does', async () => {
    await addOne()
    expect(await lines('pulls')).toMatchObject([
      {
        repository: 'Octo/Repo',
        number: 7,
        labels: ['a', 'b'],
        state: 'OPEN',
        createdAt: expect.any(String),
      },
    ])
    const [complete] = await lines('conversations')
    expect(pullSchema.encode(pullSchema.parse(complete))).toEqual(complete)
  })

  test.each(EXPORTS)('of %s is CSV with a header, even if empty', async (list) => {
    const { status, headers, body } = await ask(`${list}?format=csv`)
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8'])
    expect(headers['content-disposition']).toBe(`attachment; filename="whence-${list}.csv"`)
    expect(body).toMatch(/^"repository"(,"\w+")+\r\n$/)
  })

  test('of each list contains the right rows', async () => {
    const { repository, pull: pullId } = await addOne()
    const parent = { repository_id: repository, pull_request_id: pullId, read_at: AT }
    const times = { created_at: AT, updated_at: AT, author_association: 'NONE', url: 'https://u' }
    const said = { ...parent, ...times, body: 'text' }
    await insert(db, 'review', { ...said, node_id: 'RV', state: 'APPROVED' })
    const thread = { node_id: 'T', path: 'a.ts', line: 4, diff_side: 'RIGHT' }
    await insert(db, 'review_thread', {
      ...parent,
      ...thread,
      is_resolved: true,
      is_outdated: false,
    })
    const place = { thread_id: 'T', path: 'a.ts', diff_hunk: '@@' }
    await insert(db, 'review_comment', { ...said, ...place, node_id: 'RC' })
    await insert(db, 'commit', {
      ...{ repository_id: repository, oid: 'c1', message: 'Do it', url: 'https://u', read_at: AT },
      ...{ authored_at: AT, committed_at: AT, additions: 1, deletions: 0 },
    })
    await insert(db, 'pull_request_commit', {
      ...{ pull_request_id: pullId, oid: 'c1', position: 1, read_at: AT },
    })
    for (const place of [0, 1])
      await insert(db, 'pull_request_file', {
        ...{ ...parent, place, path: `${place}.ts`, change_type: 'ADDED' },
        ...{ additions: 3, deletions: 0 },
      })
    expect(await lines('changed-files')).toMatchObject([
      { repository: 'Octo/Repo', pullRequest: 7, place: 0, path: '0.ts', previousPath: null },
      { place: 1, path: '1.ts', changeType: 'ADDED', additions: 3 },
    ])
    expect(await lines('conversations')).toMatchObject([{ files: [{ path: '0.ts' }, {}] }])
    expect(await lines('reviews')).toMatchObject([{ id: 'RV', state: 'APPROVED' }])
    expect(await lines('review-comments')).toMatchObject([{ id: 'RC', line: 4, isResolved: true }])
    expect(await lines('commits')).toMatchObject([{ oid: 'c1', position: 1, pullRequest: 7 }])
  })

  test('stays within the scope, without hidden or deleted rows', async () => {
    const { repository, pull: pullId } = await addOne()
    await addComments({ repository, pull: pullId }, 1)
    const other = await addInstallation(opened.services.database)
    const read = async (scope: Scope) => {
      let count = 0
      for await (const _ of readRows(openReaders(opened.services.database)(scope), {
        list: 'comments',
        repositories: [],
      }))
        count += 1
      return count
    }
    expect([
      await read(await viewerOf(db, installation)),
      await read(await viewerOf(db, other)),
    ]).toEqual([1, 0])
    await expect(refuseUnknown(db, await viewerOf(db, other), ['octo/repo'])).rejects.toThrow(
      'octo/repo',
    )
    await db.query('update pull_request set deleted_at = now()')
    expect(await lines('comments')).toEqual([])
    await db.query('update pull_request set deleted_at = null')
    await db.query('update repository set hidden_at = now()')
    expect(await lines('comments')).toEqual([])
    expect((await ask('comments?repo=octo/repo')).status).toBe(404)
  })

  test('can be limited to named repositories', async () => {
    await addOne('Octo/Repo', 1)
    await addOne('octo/other', 2)
    await addOne('else/where', 3)
    const numbers = async (query: string) =>
      (await lines(`pulls?${query}`)).map((row) => row.number)
    expect(await numbers('repo=octo/repo')).toEqual([1])
    expect(await numbers('repo=octo/repo&repo=else/where')).toEqual([1, 3])
    expect(await numbers('repo=OCTO/*')).toEqual([1, 2])
  })

  test.each([
    ['nothing', 'list'],
    ['pulls?format=xml', 'format'],
    ['conversations?format=csv', 'format'],
    ['pulls?repo=nonsense', 'repo.0'],
    ['pulls?depth=1', 'body'],
  ])('of %s reports the invalid parameter', async (path, field) => {
    const { status, body } = await ask(path)
    expect(status).toBe(422)
    expect(problem.parse(JSON.parse(body)).detail).toMatch(new RegExp(`^${field}: `))
  })

  test('only accepts GET', async () => {
    const headers = { origin: new URL(web.url).origin }
    const { status, headers: found } = await send(`${web.url}/api/v1/export/pulls`, headers, 'POST')
    expect([status, found.allow]).toEqual([405, 'GET'])
  })
})

describe('a spreadsheet', () => {
  test('receives no formulas', async () => {
    const repository = await addRepository(db, installation, 'o/r')
    const titles = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=1,"a"\n2', 'a\n2', 'plain']
    for (const [index, title] of titles.entries())
      await addPull(db, repository, index + 1, { title, body: '=cmd|x' })
    const { body } = await ask('pulls?format=csv')
    expect(body).not.toMatch(/(^|,|\n)"?[=+\-@\t\r](?!\n)/)
    expect(body.split('\r\n')).toHaveLength(1 + titles.length + 1)
    expect(body).toContain('"plain"')
  })
})

describe('a client', () => {
  const ROWS = 2_000
  beforeEach(async () => {
    // 40 MB: more than all buffers between the database and a client.
    await addComments(await addOne(), ROWS, 'x'.repeat(20_000))
  })

  function open(path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      get(`${web.url}/api/v1/export/${path}`, { agent: false }, resolve).on('error', reject)
    })
  }

  /** Counts queries until there have been none for a while. */
  function countQuestions(): () => Promise<number> {
    const { web } = opened.services.database
    let count = 0
    const note = () => {
      count += 1
    }
    web.connections.on('acquire', note)
    return async () => {
      for (let before = -1; before !== count; ) {
        before = count
        await sleep(300)
      }
      web.connections.off('acquire', note)
      return count
    }
  }

  test.each(['jsonl', 'csv'])('that reads nothing pauses the %s export', async (format) => {
    const questions = countQuestions()
    const answer = await open(`comments?format=${format}`)
    expect(await questions()).toBeLessThan(ROWS / 100 / 2)
    const rest = countQuestions()
    let bytes = 0
    for await (const chunk of answer) bytes += chunk.length
    expect(bytes).toBeGreaterThan(ROWS * 20_000)
    expect(await rest()).toBeGreaterThan(ROWS / 100 / 2)
  })

  test('that disconnects ends the export', async () => {
    const answer = await open('comments')
    await new Promise((resolve) => answer.once('data', resolve))
    answer.destroy()
    await countQuestions()()
    const questions = countQuestions()
    expect(await questions()).toBe(0)
    expect((await ask('comments?repo=nobody/none')).status).toBe(404)
  })
})
