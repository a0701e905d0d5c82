import { describe, expect, test } from 'vitest'
import type { FoundPassage, PullRequestHit, SearchAnswer } from '#app/search/present/answer.ts'
import { styleFor } from '#cli/define-search.ts'
import { renderAnswer, renderWarnings } from '#cli/render-search.ts'

const NOW = '2026-01-11T00:00:00.000Z'

function passage(changes: Partial<FoundPassage> = {}): FoundPassage {
  return {
    ...{ kind: 'review_comment', author: 'bo', isBot: false, createdAt: '2026-01-10T22:00:00Z' },
    ...{
      text: 'The retry loops',
      highlights: [[4, 9]],
      path: 'src/a.ts',
      line: 4,
      url: 'https://u',
    },
    ...changes,
  } as FoundPassage
}

function hit(changes: Partial<PullRequestHit> = {}): PullRequestHit {
  return {
    ...{
      kind: 'pull_request',
      repository: 'octo/repo',
      number: 7,
      title: 'Retry',
      state: 'MERGED',
    },
    ...{ isDraft: false, author: 'ada', url: 'https://g/7', createdAt: '2026-01-01T00:00:00Z' },
    ...{ updatedAt: NOW, mergedAt: NOW, labels: [], score: 1, passages: [passage()] },
    ...changes,
  } as PullRequestHit
}

function answer(changes: Partial<SearchAnswer> = {}): SearchAnswer {
  return {
    ...{ query: 'retry', mode: 'keyword', warnings: [], hits: [hit()], next: null },
    total: { count: 1, isExact: true },
    facets: { repository: [], author: [], label: [], state: [], year: [] },
    ...changes,
  }
}

const plain = { color: false, now: NOW }

describe('an answer on a terminal', () => {
  test('shows title, repository, state, author, age and the best passages', () => {
    expect(renderAnswer(answer(), plain)).toBe(
      [
        'Retry',
        '  octo/repo#7, merged, by ada, 10 d ago',
        '  https://g/7',
        '    review comment, by bo, src/a.ts:4, 2 h ago',
        '      The retry loops',
        '',
        '1 hit, 1 shown',
      ].join('\n'),
    )
  })

  test('highlights matches on a colour terminal', () => {
    const look = { color: true, now: NOW }
    expect(renderAnswer(answer(), look)).toContain('The \u001b[1;33mretry\u001b[0m loops')
  })

  test('says that nothing was found, or how to get more hits', () => {
    expect(renderAnswer(answer({ hits: [] }), plain)).toBe('No results.')
    const more = answer({ next: 'abc', total: { count: 1_000, isExact: false } })
    expect(renderAnswer(more, plain)).toContain(
      'more than 1,000 hits, 1 shown; for more, add --cursor abc',
    )
  })

  test('contains no control characters from user text', () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\rx\u202e'
    const hostile = answer({
      hits: [
        hit({
          title: `${evil}\ntitle`,
          author: evil,
          passages: [
            passage({ text: `${evil} text`, author: evil, path: evil, highlights: [[0, 5]] }),
          ],
        }),
      ],
      warnings: [`no such word: ${evil}`],
    })
    const shown = renderAnswer(hostile, plain) + renderWarnings(hostile).join('')
    expect(shown).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
    const coloured = renderAnswer(hostile, { color: true, now: NOW })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: our own codes are removed first.
    expect(coloured.replace(/\u001b\[(1|2|0|1;33)m/g, '')).not.toMatch(/[^\P{Cc}\n]/u)
  })

  test('shortens a long passage to the text around the first match', () => {
    const text = `${'a '.repeat(500)}needle${' b'.repeat(500)}`
    const shown = renderAnswer(
      answer({ hits: [hit({ passages: [passage({ text, highlights: [[1_000, 1_006]] })] })] }),
      plain,
    )
    const line = shown.split('\n').find((one) => one.includes('needle')) ?? ''
    expect(line).toMatch(/^ +…a .*needle.* b?…$/)
    expect(line.length).toBeLessThan(320)
  })
})

describe('a search from a terminal', () => {
  test('requests colours, unless the caller sets another option', () => {
    expect(styleFor(['search', 'x'], true)).toEqual(['search', '--color', 'always', 'x'])
    expect(styleFor(['search', 'x'], false)).toEqual(['search', 'x'])
    expect(styleFor(['status'], true)).toEqual(['status'])
  })
})
