import { expect, test } from 'vitest'
import type { CorpusPassage } from '../../../bench/search/corpus.ts'
import { openReference } from '../../../bench/search/sqlite-reference.ts'

function passage(pullRequest: string, kind: CorpusPassage['kind'], text: string): CorpusPassage {
  const rest = { part: 0, path: null, oid: null, author: null, createdAt: '' }
  return { pullRequest, kind, text, ...rest }
}

test('the baseline returns each pull request once, by its best passage and its title', async () => {
  const reference = await openReference(
    [
      passage('a/b#1', 'description', 'Leases\n\nThey are kept in a row'),
      passage('a/b#1', 'comment', 'A lease is renewed while the work goes on'),
      passage('a/b#2', 'description', 'Retries\n\nOne more lease may be lost, it is said'),
      passage('a/b#3', 'description', 'Colours\n\nNothing of the kind'),
    ],
    2,
  )
  expect(reference.ask('the LEASES')).toEqual(['a/b#1', 'a/b#2'])
  expect(reference.ask('"lease" AND * NEAR( -retries')[0]).toBe('a/b#2')
  expect(reference.ask('is it the')).toEqual([])
  reference.close()
})
