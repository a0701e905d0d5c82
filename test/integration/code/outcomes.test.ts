import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Changes } from '#test/github/changes/changes.ts'
import { type CodeGithub, startCodeGithub } from '#test/support/code/code-github.ts'
import { openCodeWhence } from '#test/support/code/open-code.ts'

let github: CodeGithub
let whence: Awaited<ReturnType<typeof openCodeWhence>>

beforeAll(async () => {
  github = await startCodeGithub()
  whence = await openCodeWhence(github)
})
afterAll(async () => {
  await whence.close()
  await github.stop()
})
beforeEach(() => {
  github.intercept = null
})

/** Changes the world when git first asks for a repository, after the request was found to be good. */
function whenCloned(repository: string, change: (changes: Changes) => void): void {
  github.intercept = ({ url }) => {
    if (!url?.startsWith(`/${repository}.git/`)) return false
    github.intercept = null
    change(github.changes)
    return false
  }
}

const UNREADABLE =
  /does not exist, or this credential may not read it .*Check the name, and that the GitHub App is installed on it/

test.each<[string, (changes: Changes, repository: string) => void, RegExp]>([
  ['deleted', (changes, repository) => changes.deleteRepository({ repository }), UNREADABLE],
  [
    'made-private',
    (changes, repository) => void changes.editRepository({ repository, visibility: 'PRIVATE' }),
    UNREADABLE,
  ],
  [
    'emptied',
    (changes, repository) => void changes.emptyRepository({ repository }),
    /has no branch yet\. Push a commit/,
  ],
  [
    'without-branch',
    (changes, repository) => {
      changes.commit({ repository, branch: 'other', files: {} })
      changes.deleteBranch({ repository, branch: 'main' })
    },
    /no branch main\. .*It may have been deleted/,
  ],
])(
  'a repository that is %s in the middle fails the job with cause and hint, and the old code stays',
  async (what, change, error) => {
    const name = `acme/${what}`
    github.commit(name, { 'a.c': 'int before;\n' })
    await whence.ingest(name)
    github.commit(name, { 'a.c': 'int never;\n' })
    whenCloned(name, (changes) => change(changes, name))
    const job = await whence.ingest(name)
    expect(job).toMatchObject({ overall: 'failed', status: 'failed' })
    expect(job.error).toMatch(error)
    expect(await whence.find('never', { dataset: what })).toEqual([])
    expect(await whence.find('before', { dataset: what })).toHaveLength(1)
  },
)

test('a commit that is force-pushed away in the middle fails the job, and nothing is half-visible', async () => {
  const name = 'acme/forced'
  const onto = github.commit(name, { 'a.c': 'int before;\n' })
  await whence.ingest(name)
  const sha = github.commit(name, { 'a.c': 'int wanted;\n' })
  whenCloned(name, (changes) => {
    changes.commit({ repository: name, files: { 'b.c': 'int other;\n' }, onto })
  })
  const job = await whence.ingest(name, { sha })
  expect(job.error).toMatch(/has no commit [0-9a-f]{40}\. .*A force-push may have removed it/)
  expect(job.overall).toBe('failed')
  expect(await whence.find('before', { dataset: 'forced' })).toHaveLength(1)
  const next = await whence.ingest(name)
  expect(next).toMatchObject({ overall: 'finished', error: null })
})

test('a repository that is renamed in the middle is ingested under its new name', async () => {
  github.commit('acme/old-name', { 'a.c': 'int before;\n' })
  await whence.ingest('acme/old-name')
  const sha = github.commit('acme/old-name', { 'a.c': 'int renamed;\n' })
  whenCloned('acme/old-name', (changes) => {
    changes.rename({ repository: 'acme/old-name', name: 'new-name' })
  })
  const job = await whence.ingest('acme/old-name')
  expect(job).toMatchObject({
    ...{ overall: 'finished', error: null },
    ingest: { repository: 'acme/new-name', dataset: 'old-name', sha },
  })
  expect(await whence.find('renamed', { repository: 'acme/new-name' })).toHaveLength(1)
  expect(await whence.find('before', { dataset: 'old-name' })).toEqual([])
})

test('a repository that moved where GitHub tells no name fails the job', async () => {
  github.commit('acme/moved', { 'a.c': 'int before;\n' })
  github.intercept = ({ url }, response) => {
    if (!url?.startsWith('/acme/moved.git/')) return false
    response.writeHead(301, { location: 'http://127.0.0.1:1/' }).end()
    return true
  }
  const job = await whence.ingest('acme/moved')
  expect(job.overall).toBe('failed')
  expect(job.error).toMatch(/has moved to another address .*Ask for it by its new name/)
})
