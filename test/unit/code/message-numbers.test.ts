import { expect, test } from 'vitest'
import { messageNumbers } from '#app/code/history/message-numbers.ts'

const numbers = (message: string) => messageNumbers(message, 'acme/engine')

test.each([
  ['Merge pull request #12 from ada/topic\n\nCool the boiler', [12]],
  ['Merge PR #12: cool the boiler', [12]],
  ['Merge #12: cool the boiler', [12]],
  ['Merge Acme/Engine#12: cool the boiler', [12]],
  ['Cool the boiler (#12)', [12]],
  ['Revert "Cool the boiler (#12)" (#13)', [13]],
  ['Cool the boiler\n\nIt ran hot.\n\nCloses #12, fixes GH-13', [12, 13]],
  ['Cool the boiler (#12)\n\nResolves: #12', [12]],
])('%j has %j', (message, expected) => {
  expect(numbers(message)).toEqual(expected)
})

test.each([
  'Merge other/engine#12: cool the boiler',
  'Merge branch "main" of #12',
  'Cool the boiler of #12',
  'Cool the boiler (#12), once more',
  'Cool the boiler\n\nSee #12 (#13)',
  'Cool the boiler (#1234567890)',
  '',
])('%j has none', (message) => {
  expect(numbers(message)).toEqual([])
})

test('a message that names very many numbers gives the first ten', () => {
  const message = Array.from({ length: 50 }, (_, index) => `closes #${index + 1}`).join('\n')
  expect(numbers(message)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})
