import { expect, test } from 'vitest'
import { pullStateOf } from '#app/archive/pull-state.ts'

test.each([
  ['OPEN', false, 'Fix', 'open'],
  ['OPEN', true, 'Fix', 'draft'],
  ['MERGED', false, 'Fix', 'merged'],
  ['CLOSED', false, 'Fix', 'closed'],
  ['CLOSED', false, '[Merged by Bors] - fix lease', 'merged by Bors'],
  ['CLOSED', false, 'Explain "[Merged by Bors]"', 'closed'],
  ['OPEN', false, '[Merged by Bors] - fix lease', 'open'],
] as const)('%s, draft %s, %s is %s', (state, isDraft, title, expected) => {
  expect(pullStateOf({ state, isDraft, title })).toBe(expected)
})
