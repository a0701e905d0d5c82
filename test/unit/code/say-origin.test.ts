import { expect, test } from 'vitest'
import { type SaidOrigin, sayOrigin } from '#app/why/say-origin.ts'

const commit = {
  ...{
    oid: 'a'.repeat(40),
    author: 'Ada',
    authoredAt: '2026-01-02T00:00:00.000Z',
    summary: 'Count',
  },
}
const merge = 'b'.repeat(40)
const publishedAt = new Date('2026-01-03T00:00:00Z')

type Pull = SaidOrigin['pullRequests'][number]

function pull(number: number, evidence: Pull['evidence'], state: Pull['state'] = 'MERGED'): Pull {
  return { number, evidence, state, title: 'Count', url: 'u' }
}

function say(pullRequests: Pull[], mergeOid: string | null = commit.oid): string {
  return sayOrigin({ commit, pullRequests, mergeOid, publishedAt })
}

test.each([
  [say([pull(5, ['ancestry'])], merge), '#5 brought it: bbbbbbbbbb merged it.'],
  [say([pull(5, ['ancestry'])]), '#5 brought it: the commit is its head, or merges it.'],
  [say([pull(5, ['patch_id', 'message'])]), '#5 brought it: it makes the same change.'],
  [
    say([pull(5, ['merge_commit'])]),
    '#5 has probably brought it: GitHub names aaaaaaaaaa as its merge commit, but the changes differ.',
  ],
  [
    say([pull(5, ['commits'], 'OPEN')], null),
    '#5 has it among its commits. The default branch does not have it. It is open, not merged.',
  ],
  [
    say([pull(5, ['message'])]),
    '#5 may have brought it: the message of aaaaaaaaaa names it, and nothing else speaks for it.',
  ],
  [
    say([pull(5, ['patch_id']), pull(6, ['patch_id']), pull(7, ['message'])]),
    '#5 brought it: it makes the same change. As much speaks for #6.',
  ],
  [say([]), 'Nothing speaks for a pull request: Ada pushed it directly on 2026-01-02.'],
  [
    say([], null),
    'No pull request is known: the default branch did not have the commit when it was read on 2026-01-03.',
  ],
  [
    sayOrigin({ commit, pullRequests: [], mergeOid: null, publishedAt: null }),
    'No pull request is known: the history of the default branch has not been read yet.',
  ],
])('%s', (said, expected) => {
  expect(said).toBe(expected)
})
