import { expect, test } from 'vitest'
import { describeIngest, type IngestRow } from '#app/ledger/views/ingest-view.ts'
import type { Place } from '#app/ledger/work.ts'

const AT = '2026-01-02T00:00:00.000Z'
const row = {
  ...{
    runId: '1',
    project: 'core',
    dataset: 'engine',
    scope: 'project',
    repository: 'acme/engine',
  },
  ...{ branch: 'main', sha: null, statistics: {}, createdAt: new Date(AT), isStored: false },
  ...{ retries: 0, maxRetries: 3, waitsFor: null },
} satisfies IngestRow

function stage(total: number, done: number, hasEnded: boolean) {
  const times = { firstItemAt: AT, lastItemAt: hasEnded ? AT : null }
  return { ...times, total, done, gaps: 0, running: 0 }
}

const CLONED = stage(2, 2, true)
const INDEXED = stage(9, 9, true)
const NOTHING = stage(0, 0, false)

test.each([
  ['Cloning repository…', [stage(2, 1, false), NOTHING, NOTHING], false],
  ['Indexing repository…', [CLONED, stage(9, 1, false), stage(1, 0, false)], false],
  ['Embedding…', [CLONED, INDEXED, stage(9, 2, false)], false],
  ['Storing…', [CLONED, INDEXED, stage(10, 9, false)], false],
  ['Mapping commits to pull requests…', [CLONED, INDEXED, stage(11, 10, false)], true],
] as const)('a job says %s', (phase, [extraction, transform, embedding], isStored) => {
  const views = new Map<Place, ReturnType<typeof stage>>([
    ['github_code/extraction', extraction],
    ['github_code/transform', transform],
    ['github_code/embedding', embedding],
  ])
  const given = { isRunning: true, currentItem: null }
  expect(describeIngest({ ...row, isStored }, views, given).phase).toBe(phase)
})
