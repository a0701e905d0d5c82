import { expect, test } from 'vitest'
import { coverageTexts } from '#app/components/search/coverage-text.ts'
import { examplesOf } from '#app/components/search/examples.ts'

const NOW = '2026-06-01T12:00:00.000Z'
const COVERAGE = {
  pullRequests: 1_204,
  repositories: 5,
  unread: 0,
  limited: 0,
  incomplete: 0,
  hidden: 0,
  read: { from: '2026-06-01T09:40:00.000Z', to: '2026-06-01T11:57:00.000Z' },
}
const SAMPLE = { repository: null, label: null, author: null, path: null, titles: [] }

test('the search page says how much is searched and how fresh it is', () => {
  expect(coverageTexts(COVERAGE, NOW)).toEqual([
    'Searches 1,204 pull requests in 5 repositories, read from GitHub between 3 minutes and 2 hours ago.',
  ])
  const once = { ...COVERAGE, read: { from: COVERAGE.read.to, to: COVERAGE.read.to } }
  expect(coverageTexts(once, NOW)[0]).toMatch(/, read from GitHub 3 minutes ago\.$/)
  const early = { ...COVERAGE, pullRequests: 1, repositories: 1, unread: 1, read: null }
  expect(coverageTexts(early, NOW)).toEqual([
    'Searches 1 pull request in 1 repository.',
    '1 repository has not been read to the end yet.',
  ])
})

test('the search page names what is not complete or not searched', () => {
  const counts = { unread: 2, limited: 1, incomplete: 3, hidden: 1 }
  expect(coverageTexts({ ...COVERAGE, ...counts }, NOW).slice(1)).toEqual([
    '2 repositories have not been read to the end yet.',
    '1 repository is limited to the newest pull requests.',
    '3 pull requests are not complete yet.',
    '1 repository is not searched: filtered out, or no longer accessible on GitHub.',
  ])
})

test('examples are written so that a query can hold them', () => {
  const sample = {
    repository: 'acme/engine',
    label: 'good first issue :beginner:',
    author: 'ada',
    path: 'src/a file.ts',
    titles: ['Fix it', 'Drop the quote cache'],
  }
  expect(examplesOf(sample)).toEqual([
    'quote cache',
    'label:"good first issue :beginner:"',
    'author:ada',
    'path:"src/a file.ts"',
    'repo:acme/engine',
  ])
})

test('there are no examples of nothing, or of what a query cannot hold', () => {
  expect(examplesOf(SAMPLE)).toEqual([])
  const hostile = { label: 'a "quoted" one', path: 'src/[*].ts', titles: ['x'.repeat(3), '"-"'] }
  expect(examplesOf({ ...SAMPLE, ...hostile })).toEqual([])
})
