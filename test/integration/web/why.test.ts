import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { makeHistory } from '../../support/code/git-history.ts'
import { layClone } from '../../support/code/lay-clone.ts'
import { layCode } from '../../support/code/lay-code.ts'
import { addPull, addRepository } from '../../support/laid-rows.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'

const fullName = 'acme/engine'
const CODE = 'int a;\nint b;\n'

let opened: TestServices
let web: Web
const oids: Record<string, string> = {}

beforeAll(async () => {
  opened = await openTestServices()
  const { database, config } = opened.services
  const installation = await addInstallation(database)
  const repositoryId = await addRepository(database.pool, installation, fullName)
  await layCode(database.pool, { installation, repository: repositoryId, files: {} })
  const git = makeHistory()
  const first = git.commit({ 'old.c': CODE, bin: 'a\0b\n', 'gone.c': 'x\n' }, [], 'Begin')
  const renamed = git.commit({ 'src/a b.c': CODE, bin: 'a\0b\n' }, [first], 'Move')
  const squash = git.commit({ 'src/a b.c': `${CODE}int c;\n`, bin: 'a\0b\n' }, [renamed], 'C (#9)')
  git.setHead(7, git.commit({ 'src/a b.c': `${CODE}int c;\n`, bin: 'a\0b\n' }, [renamed], 'One'))
  git.setHead(9, git.commit({ 'src/a b.c': `${CODE}int d;\n`, bin: 'a\0b\n' }, [renamed], 'D'))
  git.setMain(squash)
  // A branch that was force-pushed: its commit is in no history any more.
  oids.pushedAway = git.commit({ 'src/a b.c': 'int z;\n' }, [renamed], 'Try')
  Object.assign(oids, { renamed, squash })
  for (const number of [7, 9])
    await addPull(database.pool, repositoryId, number, { state: 'MERGED' })
  await layClone(opened.services, git, { installation, repositoryId, fullName })
  web = await startWeb({ ...opened.services, config: { ...config, PORT: 0 } })
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function ask(changes: Record<string, string>) {
  const query = new URLSearchParams({ repo: fullName, path: 'src/a b.c', line: '3', ...changes })
  const { status, body } = await send(`${web.url}/api/v1/why?${query}`)
  return { status, body: JSON.parse(body) }
}

test('a line leads to the pull request with the same change, whatever number its message gives', async () => {
  const { status, body } = await ask({})
  expect(status).toBe(200)
  expectShape('GET', 'why', body)
  expect(body).toMatchObject({
    ...{ repository: fullName, path: 'src/a b.c', oid: oids.squash },
    ranges: [
      {
        ...{
          from: 3,
          to: 3,
          originalPath: 'src/a b.c',
          says: '#7 brought it: it makes the same change.',
        },
        pullRequests: [
          { number: 7, evidence: ['patch_id'] },
          { number: 9, evidence: ['message'] },
        ],
      },
    ],
  })
})

test('lines before a rename lead to where they were, and a direct push is told as that', async () => {
  const { body } = await ask({ line: '1-2' })
  expect(body.ranges).toMatchObject([
    {
      ...{ from: 1, to: 2, originalPath: 'old.c', pullRequests: [], pushedDirectly: { by: 'Ada' } },
      says: expect.stringMatching(/^Nothing speaks for a pull request/),
    },
  ])
})

test('a commit that was force-pushed away is told as one that the default branch does not have', async () => {
  const { body } = await ask({ ref: oids.pushedAway ?? '', line: '1' })
  expect(body.ranges).toMatchObject([
    {
      ...{ pullRequests: [], pushedDirectly: null },
      says: expect.stringMatching(/^No pull request is known: the default branch did not have/),
    },
  ])
})

test.each([
  [{ line: '4' }, 404, /has 3 lines/],
  [{ path: 'old.c' }, 404, /it was renamed to src\/a b\.c in/],
  [{ path: 'gone.c' }, 404, /it was deleted in/],
  [{ path: 'never.c' }, 404, /There is no file never\.c at/],
  [{ path: '../etc/passwd' }, 404, /There is no file/],
  [{ path: 'bin', line: '1' }, 404, /binary/],
  [{ ref: 'no-such-branch' }, 404, /no branch no-such-branch/],
  [{ ref: 'e'.repeat(40) }, 404, /A force-push may have removed it/],
  [{ repo: 'acme/none' }, 404, /no code of acme\/none/],
  [{ repo: '' }, 404, /no code of/],
  [{ line: '0' }, 422, /line/],
  [{ line: 'x' }, 422, /line/],
  [{ path: '' }, 422, /path/],
  [{ ref: '' }, 422, /ref/],
])('%j is answered with %i in plain words', async (changes, status, words) => {
  const answer = await ask(changes)
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([
    status,
    expect.stringMatching(words),
  ])
})
