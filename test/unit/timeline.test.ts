import { describe, expect, test } from 'vitest'
import type { Outline } from '#app/archive/conversation.ts'
import { type ConversationEntry, pageStarts, timelineOf } from '#app/archive/timeline.ts'
import { renderPage } from '#app/components/pull/render-page.server.ts'

const URL = 'https://github.com/acme/engine/pull/1'

function said(anchor: string, minute: number, size = 4) {
  const at = new Date(Date.UTC(2026, 0, 1, 0, minute))
  const by = { author: 'mara', isBot: false }
  return { id: anchor, ...by, size, url: `${URL}#${anchor}`, createdAt: at, updatedAt: at }
}

function review(anchor: string, minute: number, { size = 0, state = 'COMMENTED' } = {}) {
  const one = said(anchor, minute, size)
  return { ...one, state, submittedAt: one.createdAt }
}

function thread(id: string, comments: [anchor: string, minute: number, review: string | null][]) {
  return {
    ...{ id, path: 'src/a.ts', line: 7, isResolved: false, isOutdated: false },
    comments: comments.map(([anchor, minute, from]) => ({
      ...said(anchor, minute),
      reviewId: from,
    })),
  }
}

function timeline(parts: Partial<Outline> = {}): ConversationEntry[] {
  const nothing = { commits: [], reviews: [], reviewThreads: [], comments: [] }
  return timelineOf({ ...said('', 0), author: null, body: 'text' }, { ...nothing, ...parts })
}

describe('a conversation', () => {
  test('starts with the description and continues in order of time', () => {
    const entries = timeline({
      commits: [said('c1', -5), said('c2', 3)],
      comments: [said('issuecomment-1', 2), said('issuecomment-2', 4)],
    })
    expect(entries.map(({ anchor }) => anchor)).toEqual([
      'description',
      'commit-c1',
      'issuecomment-1',
      'commit-c2',
      'issuecomment-2',
    ])
  })

  test('keeps a thread together, below the review that started it', () => {
    const entries = timeline({
      comments: [said('issuecomment-1', 6)],
      reviews: [
        review('r1', 5, { state: 'APPROVED' }),
        review('r2', 9),
        review('r3', 1, { size: 5 }),
      ],
      reviewThreads: [
        thread('t1', [
          ['d1', 4, 'r1'],
          ['d2', 9, 'r2'],
        ]),
        thread('t2', [['d3', 2, null]]),
        thread('t3', []),
      ],
    })
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

  test('has an anchor for every entry, even if its URL has none', () => {
    const odd = { ...said('x', 1), id: 'IC_a/b"', url: `${URL}#"><b>` }
    expect(timeline({ comments: [odd] })[1]?.anchor).toBe('id-IC_ab')
  })
})

describe('a long conversation', () => {
  const comments = Array.from({ length: 250 }, (_, at) => said(`issuecomment-${at}`, at))
  const long = timeline({ comments })
  const source = {
    repositoryUrl: 'https://github.com/acme/engine',
    readTexts: async (part: typeof long) =>
      new Map(part.map(({ id }) => [id, { text: `**${id}**`, diffHunk: null }])),
    readCopied: async () => new Set<string>(),
  }

  test('is paginated, and each page links to its neighbours', async () => {
    expect(pageStarts(long)).toEqual([0, 100, 200])
    const first = await renderPage(long, { from: null, at: null }, source)
    expect([first.from, first.until, first.previous, first.next]).toEqual([0, 100, null, 100])
    const last = await renderPage(long, { from: 999_999, at: null }, source)
    expect([last.from, last.until, last.previous, last.next]).toEqual([200, 251, 100, null])
    expect(last.entries).toHaveLength(51)
    expect(last.entries[0]?.rendered?.html).toBe('<p><strong>issuecomment-199</strong></p>')
  })

  test('opens at the entry that a link points to', async () => {
    const page = await renderPage(long, { from: null, at: 'issuecomment-150' }, source)
    expect(page.from).toBe(100)
    expect(page.entries.map(({ anchor }) => anchor)).toContain('issuecomment-150')
    expect((await renderPage(long, { from: null, at: 'nothing' }, source)).from).toBe(0)
  })

  test('has shorter pages if entries are long', () => {
    const much = comments.map((one) => ({ ...one, size: 50_000 }))
    const starts = pageStarts(timeline({ comments: much }))
    expect(starts.slice(0, 3)).toEqual([0, 3, 5])
  })
})
