import { describe, expect, test } from 'vitest'
import { layOutPage } from '#app/conversation/lay-out.server.ts'
import { type Conversation, pageStarts, timelineOf } from '#app/conversation/timeline.ts'

const URL = 'https://github.com/acme/engine/pull/1'

function said(anchor: string, minute: number, body = 'text') {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute))
  const author = { login: 'mara' }
  return { id: anchor, author, body, url: `${URL}#${anchor}`, createdAt: at, updatedAt: at }
}

function review(anchor: string, minute: number, { body = '', state = 'COMMENTED' } = {}) {
  const one = said(anchor, minute, body)
  return { ...one, state, submittedAt: one.createdAt }
}

function thread(id: string, comments: [anchor: string, minute: number, review: string | null][]) {
  return {
    ...{ id, path: 'src/a.ts', line: 7, isResolved: false, isOutdated: false },
    comments: comments.map(([anchor, minute, from]) => ({
      ...said(anchor, minute),
      diffHunk: '@@',
      pullRequestReview: from === null ? null : { id: from },
    })),
  }
}

function commit(oid: string, minute: number) {
  const committedDate = new Date(Date.UTC(2026, 0, 1, 0, minute))
  return { oid, message: 'm', url: URL, committedDate, author: { name: 'Mara', user: null } }
}

function conversation(parts: Partial<Conversation> = {}): Conversation {
  const { author, createdAt } = said('', 0)
  const nothing = { commits: [], reviews: [], reviewThreads: [], comments: [] }
  return { body: 'why', url: URL, author, createdAt, ...nothing, ...parts }
}

describe('a conversation', () => {
  test('begins with the description and goes on by time', () => {
    const entries = timelineOf(
      conversation({
        commits: [commit('c1', -5), commit('c2', 3)],
        comments: [said('issuecomment-1', 2), said('issuecomment-2', 4)],
      }),
    )
    expect(entries.map(({ anchor }) => anchor)).toEqual([
      'description',
      'commit-c1',
      'issuecomment-1',
      'commit-c2',
      'issuecomment-2',
    ])
  })

  test('keeps a thread together, below the review that began it', () => {
    const entries = timelineOf(
      conversation({
        comments: [said('issuecomment-1', 6)],
        reviews: [
          review('r1', 5, { state: 'APPROVED' }),
          review('r2', 9),
          review('r3', 1, { body: 'first' }),
        ],
        reviewThreads: [
          thread('t1', [
            ['d1', 4, 'r1'],
            ['d2', 9, 'r2'],
          ]),
          thread('t2', [['d3', 2, null]]),
          thread('t3', []),
        ],
      }),
    )
    expect(entries.map(({ anchor }) => anchor)).toEqual([
      'description',
      'r3',
      'd3',
      'r1',
      'd1',
      'd2',
      'issuecomment-1',
    ])
  })

  test('names every entry, though its address names none', () => {
    const odd = { ...said('x', 1), id: 'IC_a/b"', url: `${URL}#"><b>` }
    expect(timelineOf(conversation({ comments: [odd] }))[1]?.anchor).toBe('id-IC_ab')
  })
})

describe('a long conversation', () => {
  const comments = Array.from({ length: 250 }, (_, at) => said(`issuecomment-${at}`, at))
  const long = conversation({ comments })

  test('comes in pages, each of which leads to its neighbours', async () => {
    expect(pageStarts(timelineOf(long))).toEqual([0, 100, 200])
    const first = await layOutPage(long, { from: null, at: null })
    expect([first.from, first.until, first.previous, first.next]).toEqual([0, 100, null, 100])
    const last = await layOutPage(long, { from: 999_999, at: null })
    expect([last.from, last.until, last.previous, last.next]).toEqual([200, 251, 100, null])
    expect(last.entries).toHaveLength(51)
  })

  test('is opened where a link leads', async () => {
    const page = await layOutPage(long, { from: null, at: 'issuecomment-150' })
    expect(page.from).toBe(100)
    expect(page.entries.map(({ anchor }) => anchor)).toContain('issuecomment-150')
    expect((await layOutPage(long, { from: null, at: 'nothing' })).from).toBe(0)
  })

  test('has shorter pages where much is said', () => {
    const much = comments.map((one) => ({ ...one, body: 'x'.repeat(50_000) }))
    const starts = pageStarts(timelineOf(conversation({ comments: much })))
    expect(starts.slice(0, 3)).toEqual([0, 3, 5])
  })
})
