import { afterAll, beforeAll, expect, test } from 'vitest'
import { callWhence, layWhence } from '../../services/whence.ts'
import { ENGINE, ENGINE_PATH, type LaidEngine, layEngine } from '../../support/code/lay-engine.ts'

let laid: Awaited<ReturnType<typeof layWhence>>
let engine: LaidEngine

beforeAll(async () => {
  laid = await layWhence(async () => null)
  const config = { DATA_DIR: laid.environment.DATA_DIR as string }
  engine = await laid.use((database) => layEngine({ database, config }))
})
afterAll(() => laid.remove())

const why = (...argv: string[]) => callWhence(['why', '--repo', ENGINE, ...argv], laid.environment)

test('lines are told with their pull request, and what was said', async () => {
  const { code, stdout } = await why(`${ENGINE_PATH}:1-3`)
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining([
      `${ENGINE} ${ENGINE_PATH} at ${engine.oids.squash.slice(0, 10)}`,
      'Lines 1 to 2: no pull request is known',
      `Line 3: ${ENGINE}#7: Count`,
      '  #7 brought it: it makes the same change.',
      '  also #9 (message)',
      '  review thread: ghost: Why c?',
    ]),
  )
})

test.each([
  ['a path below a folder', ['--within', 'src/', 'a b.c:3'], `Line 3: ${ENGINE}#7: Count`],
  ['a symbol', ['--symbol', 'count'], `Line 3: ${ENGINE}#7: Count`],
  ['a text', ['--text', 'int c;'], `Line 3: ${ENGINE}#7: Count`],
  ['the history of a line', ['--history', `${ENGINE_PATH}:1`], ': no pull request is known'],
  ['a path', ['src'], `: ${ENGINE}#7: Count`],
])('%s is explained', async (_, argv, expected) => {
  const { code, stdout } = await why(...argv)
  expect([code, stdout]).toEqual([0, expect.stringContaining(expected)])
})

test('a commit is explained, as JSON too', async () => {
  const { stdout } = await why(engine.oids.squash.slice(0, 9), '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ path: null, ranges: [] },
    commits: [{ pullRequests: [{ number: 7 }, { number: 9 }] }],
  })
})

test.each([
  [[], /Neither a path nor a commit was given/],
  [['old.c:1'], /it was renamed to src\/a b\.c/],
  [['--symbol', 'none'], /Nothing like that stands/],
])('%j is refused with a hint', async (argv, words) => {
  const { code, stderr } = await why(...argv)
  expect([code, stderr]).toEqual([1, expect.stringMatching(words)])
})
