import { expect, test } from 'vitest'
import { ask, startSmall } from '#test/github/ask.ts'
import { compareContent, describeDifferences } from '#test/github/compare.ts'
import { readContent } from '#test/github/read-content.ts'
import type { StandIn } from '#test/github/stand-in.ts'

const PULL = 'acme/engine#30'
const ENGINE = { repositories: ['acme/engine'] }

function look(standIn: StandIn, number = 30) {
  const content = standIn.content(ENGINE)
  const pull = content.pullRequests.find((one) => one.number === number)
  if (!pull) throw new Error(`acme/engine has no pull request ${number}`)
  const own = <Row extends { pullRequestId: string }>(rows: Row[]) =>
    rows.filter((row) => row.pullRequestId === pull.id)
  const { comments, reviews, reviewThreads, reviewComments } = content
  return {
    pull,
    comments: own(comments),
    reviews: own(reviews),
    threads: own(reviewThreads),
    threadComments: own(reviewComments),
  }
}

const NOW = '2026-02-01T12:00:00Z'

test.each<[string, (standIn: StandIn) => unknown]>([
  ['a comment', ({ changes }) => changes.comment({ pull: PULL, body: 'Why?' })],
  ['a review', ({ changes }) => changes.review({ pull: PULL, state: 'APPROVED' })],
  ['an edited body', ({ changes }) => changes.editPull({ pull: PULL, body: 'Better' })],
  ['a label', ({ changes }) => changes.editPull({ pull: PULL, labels: ['area/1'] })],
  ['a push', ({ changes }) => changes.push({ pull: PULL })],
  ['a force-push', ({ changes }) => changes.forcePush({ pull: PULL })],
  ['a merge', ({ changes }) => changes.merge({ pull: PULL })],
  ['closing', ({ changes }) => changes.close({ pull: PULL })],
  ['reopening', ({ changes }) => changes.reopen({ pull: PULL })],
])('%s changes updatedAt', async (_, act) => {
  await using standIn = await startSmall()
  expect(look(standIn).pull.updatedAt).not.toBe(NOW)
  act(standIn)
  expect(look(standIn).pull.updatedAt).toBe(NOW)
})

test('resolving a thread and completing checks do not change updatedAt', async () => {
  await using standIn = await startSmall()
  const review = standIn.changes.review({
    pull: PULL,
    threads: [{ path: 'a.ts', line: 3, body: 'Is it so?' }],
  })
  standIn.clock.advance(60)
  const thread = look(standIn).threads.at(-1)?.id ?? ''
  standIn.changes.resolveThread({ thread, by: 'mira' })
  standIn.changes.finishChecks({ pull: PULL, state: 'FAILURE' })
  expect(look(standIn)).toMatchObject({ pull: { updatedAt: NOW, rollupState: 'FAILURE' } })
  expect(look(standIn).threads.at(-1)).toMatchObject({ isResolved: true, resolvedBy: 'mira' })
  expect(look(standIn).threadComments.at(-1)?.reviewId).toBe(review.id)
  standIn.changes.unresolveThread({ thread })
  expect(look(standIn).threads.at(-1)).toMatchObject({ isResolved: false, resolvedBy: null })
  standIn.changes.reply({ thread, body: 'It is.' })
  expect(look(standIn).pull.updatedAt).toBe('2026-02-01T12:01:00Z')
})

test('minimized content is marked, and updatedAt of its pull request does not change', async () => {
  await using standIn = await startSmall()
  const { id } = standIn.changes.comment({ pull: PULL, body: 'Buy now' })
  standIn.clock.advance(60)
  standIn.changes.minimize({ id, reason: 'spam' })
  const find = () => look(standIn).comments.find((one) => one.id === id)
  expect(find()).toMatchObject({ isMinimized: true, minimizedReason: 'spam' })
  expect(look(standIn).pull.updatedAt).toBe(NOW)
  standIn.changes.minimize({ id })
  expect(find()).toMatchObject({ isMinimized: false, minimizedReason: null })
})

test('edits and deletions are visible immediately, by list and by id', async () => {
  await using standIn = await startSmall()
  const kept = standIn.changes.comment({ pull: PULL, body: 'First' })
  const gone = standIn.changes.comment({ pull: PULL, body: 'Second' })
  standIn.changes.edit({ id: kept.id, body: 'First, edited' })
  standIn.changes.deleteComment({ id: gone.id })
  expect(look(standIn).comments.map((one) => one.body)).toContain('First, edited')
  expect(look(standIn).comments.map((one) => one.body)).not.toContain('Second')
  const { body } = await ask(standIn, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
    ids: [kept.id, gone.id],
  })
  expect(body.data.nodes).toEqual([{ id: kept.id }, null])
})

test('a thread is deleted with its last comment', async () => {
  await using standIn = await startSmall()
  standIn.changes.review({ pull: PULL, threads: [{ path: 'a.ts', line: 3, body: 'Is it so?' }] })
  const before = look(standIn)
  standIn.changes.deleteComment({ id: before.threadComments.at(-1)?.id ?? '' })
  expect(look(standIn).threads).toHaveLength(before.threads.length - 1)
})

test('a force-push replaces the commits, outdates threads and adds an event', async () => {
  await using standIn = await startSmall()
  const before = look(standIn).pull
  standIn.changes.forcePush({ pull: PULL })
  const after = look(standIn).pull
  expect(after.commits).toHaveLength(before.commits.length)
  expect(after.commits.some((oid) => before.commits.includes(oid))).toBe(false)
  expect(look(standIn).threads.every((one) => one.isOutdated && one.line === null)).toBe(true)
  const { body } = await ask(
    standIn,
    `query ($id: ID!) { node(id: $id) { ... on PullRequest {
      timelineItems(last: 1, itemTypes: HEAD_REF_FORCE_PUSHED_EVENT) { nodes { __typename } } } } }`,
    { id: before.id },
  )
  expect(body.data.node.timelineItems.nodes).toEqual([{ __typename: 'HeadRefForcePushedEvent' }])
})

test('repositories can be created, moved, emptied and deleted, accounts deleted, and everything read', async () => {
  await using standIn = await startSmall({ limits: { graphql: 100_000 } })
  const { changes } = standIn
  changes.createRepository({ repository: 'acme/fresh', visibility: 'PRIVATE' })
  const opened = changes.openPull({ repository: 'acme/fresh', title: 'Begin', author: 'mira' })
  changes.comment({ pull: opened.id, author: 'mira', body: 'Hello' })
  changes.deleteAccount({ login: 'mira' })
  changes.deleteAccount({ login: 'ada' })
  changes.transfer({ repository: 'acme/shelved', owner: 'other' })
  changes.emptyRepository({ repository: 'acme/first' })
  changes.deleteRepository({ repository: 'acme/mortar' })
  changes.deletePull({ pull: 'acme/engine#2' })
  const content = standIn.content()
  expect(content.repositories.map((one) => one.fullName)).toContain('other/shelved')
  expect(content.repositories.map((one) => one.fullName)).not.toContain('acme/mortar')
  expect(content.pullRequests.find((one) => one.id === opened.id)?.author).toBeNull()
  expect(JSON.stringify(content)).not.toContain('"author":"ada"')
  expect(describeDifferences(compareContent(content, await readContent(standIn)))).toBe('')
  expect(
    standIn.content({ account: 'acme' }).repositories.map((one) => one.fullName),
  ).not.toContain('other/shelved')
})

test('every change can be made over HTTP, and an invalid one is rejected with a hint', async () => {
  await using standIn = await startSmall()
  const call = async (method: string, path: string, body?: unknown) => {
    const given = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${standIn.url}/_stand-in${path}`, { method, ...given })
    return { status: response.status, body: await response.json() }
  }
  const made = await call('POST', '/changes/comment', { pull: PULL, body: 'Over the wire' })
  expect(made.body.id).toMatch(/^IC_kwDO/)
  const content = await call('GET', '/content?repository=acme/engine')
  expect(content.body.comments.at(-1)).toBeDefined()
  expect(content.body).toEqual(JSON.parse(JSON.stringify(standIn.content(ENGINE))))
  await call('POST', '/faults', [{ kind: 'bad-gateway', times: 1 }])
  expect((await ask(standIn, '{ viewer { login } }')).status).toBe(502)
  expect((await call('GET', '/faults')).body).toEqual({ 'bad-gateway': 1 })
  await call('DELETE', '/faults')
  expect((await call('GET', '/counters')).body).toMatchObject({
    'user:stand-in-reader graphql': { requests: 1, points: 1 },
  })
  expect((await call('POST', '/clock', { advance: 60 })).body.now).toBe('2026-02-01T12:01:00.000Z')
  expect((await call('GET', '')).body.installations[0].account).toBe('acme')
  await call('POST', '/tokens/expire', { token: standIn.personalToken })
  expect((await ask(standIn, '{ viewer { login } }')).status).toBe(401)
  expect((await call('GET', '/calls')).body.at(-1)).toMatchObject({ what: 'query', status: 502 })
  await call('DELETE', '/counters')
  expect((await call('GET', '/calls')).body).toEqual([])
  const wrong = [
    ['/changes/explode', {}, /no change called explode: use one of comment, /],
    ['/changes/comment', { body: 'x' }, /^Change comment: pull: /],
    [
      '/changes/comment',
      { pull: 'acme/engine#9999', body: 'x' },
      /no pull request acme\/engine#9999/,
    ],
    ['/changes/rename', { repository: 'acme/none', name: 'x' }, /no repository acme\/none/],
    ['/changes/rename', { repository: 'acme/engine', name: 'brick' }, /name of another repository/],
    ['/faults', { kind: 'bad-weather' }, /no fault called "bad-weather"/],
    ['/clock', {}, /Send \{"advance": SECONDS\}/],
  ] as const
  for (const [path, body, message] of wrong) {
    const refused = await call('POST', path, body)
    expect([path, refused.status]).toEqual([path, 422])
    expect(refused.body.message).toMatch(message)
  }
})
