import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const until = new Date('2026-01-01')
const repositories = ['acme/engine']
const LONGEST = 65_536

let standIn: StandIn
let sync: Sync

/** Creates the fourteen hard cases of the generated organisation, and later changes by people. */
beforeAll(async () => {
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 33, until } as const
  standIn = await startStandIn({ sources: [source] })
  const { changes } = standIn
  changes.openPull({
    repository: 'acme/engine',
    title: 'A title with \u0000 and \ud83d and 👍',
    body: '\u0000'.repeat(100),
    author: 'somebody',
  })
  const pull = 'acme/engine#126'
  changes.comment({ pull, body: '\u0000', author: 'somebody' })
  changes.comment({ pull, body: `${'\ud83d'.repeat(50)}👍${'\udc4d'.repeat(50)}` })
  changes.comment({ pull, body: '\u0000\ud800'.repeat(LONGEST / 2), author: null })
  changes.comment({ pull, body: '👍'.repeat(LONGEST / 2) })
  changes.comment({ pull, body: ' \n\t\u200b\u202e'.repeat(10) })
  changes.comment({ pull, body: `'; drop table comment; -- $1 \\u0000 %s \${body}` })
  changes.comment({ pull, body: '```\n'.repeat(1000) })
  changes.comment({ pull, body: `${'<!-- '.repeat(5000)}` })
  changes.comment({ pull, body: 'a'.repeat(LONGEST) })
  changes.review({
    pull,
    body: '\u0000\u0001\u0007\u001b[31m',
    threads: [{ path: 'a\u0000\ud83d/b.ts', line: 1, body: '\udfff' }],
  })
  changes.push({ pull, message: '\u0000\ud83d\n\nCo-authored-by: \u0000' })
  sync = await openSync(standIn, { repositories })
}, 60_000)

afterAll(async () => {
  await sync.close()
  await standIn.stop()
})

const compare = () => differencesTo(standIn, sync, { repositories })

test('everything that people wrote is stored, except what no database can hold', async () => {
  const job = await sync.sync({ mode: 'full' })
  expect(job.unfinished.map((one) => one.name)).toEqual(['acme/engine#10'])
  expect(await compare()).toBe('')
  const { rows } = await sync.pool.query<{ body: string }>('select body from comment')
  const bodies = rows.map((row) => row.body)
  expect(bodies.filter((body) => /\p{Surrogate}|\0/u.test(body))).toEqual([])
  expect(bodies).toContain('👍'.repeat(LONGEST / 2))
  expect(bodies).toContain('a'.repeat(LONGEST))
})

test('every text with words is searchable: its passages have vectors', async () => {
  const { rows } = await sync.pool.query(
    `select (select count(*)::int from passage p where not exists (select from embedding e
         where e.passage_id = p.id and e.content_hash = p.content_hash)) as bare,
       (select count(*)::int from passage where text = '') as empty,
       (select count(*)::int from comment c where length(trim(c.body)) > 20 and body ~ '[a-z]{3}'
         and body !~ '<!--' and not exists (
           select from passage p where p.kind = 'comment' and p.source_id = c.node_id)) as unsaid,
       (select count(distinct part)::int from passage where text ~ '^a+$') > 1 as parted`,
  )
  expect(rows[0]).toEqual({ bare: 0, empty: 0, unsaid: 0, parted: true })
})

test('missing authors, forks, commits and lines are stored as null', async () => {
  const { rows } = await sync.pool.query(
    `select (select count(*)::int from comment where author_id is null) > 0 as comments,
       (select count(*)::int from pull_request where author_id is null) > 0 as authors,
       (select count(*)::int from pull_request where head_repository is null) > 0 as heads,
       (select count(*)::int from commit where author_id is null and author_name is not null) > 0
         as commits,
       (select count(*)::int from review where commit_oid is null) > 0 as reviews,
       (select count(*)::int from review_thread where line is null) > 0 as lines,
       (select count(*)::int from github_user where login like '%[bot]' and kind = 'Bot') > 0 as bots`,
  )
  expect(rows[0]).toEqual({
    comments: true,
    authors: true,
    heads: true,
    commits: true,
    reviews: true,
    lines: true,
    bots: true,
  })
})

test('the texts of a deleted account stay, without an author', async () => {
  const authors = standIn.content({ repositories }).comments.map((one) => one.author)
  const login = authors.find((author) => author && !author.includes('bot')) as string
  standIn.changes.deleteAccount({ login })
  standIn.changes.deleteAccount({ login: 'somebody' })
  const job = await sync.sync({ mode: 'full' })
  expect(job.unfinished).toEqual([])
  expect(await compare()).toBe('')
})

test('a second reading of the same changes no passage and requests no vector', async () => {
  const before = await sync.pool.query('select id, content_hash from passage order by id')
  const job = await sync.sync({ mode: 'full' })
  const after = await sync.pool.query('select id, content_hash from passage order by id')
  expect(after.rows).toEqual(before.rows)
  const { embedding } = job.steps.github_prs_commits_reviews_comments.details
  expect(embedding).toMatchObject({ total: 0, done: 0 })
})
