import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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

type Intercept = NonNullable<CodeGithub['intercept']>

/** Changes the world when git first asks for a repository, after the request was found to be good. */
function whenCloned(repository: string, change: () => Intercept | null): void {
  github.intercept = (request, response) => {
    if (!request.url?.startsWith(`/${repository}.git/`)) return false
    github.intercept = change()
    return github.intercept?.(request, response) ?? false
  }
}

/** Answers git with a status. */
function refuse(repository: string, status: number, headers: Record<string, string> = {}) {
  return ((request, response) => {
    if (!request.url?.startsWith(`/${repository}.git/`)) return false
    response.writeHead(status, headers).end()
    return true
  }) satisfies Intercept
}

const UNREADABLE =
  /does not exist, or this credential may not read it .*Check the name, and that the GitHub App is installed on it/
const AUTHENTICATE = { 'www-authenticate': 'Basic realm="GitHub"' }

test.each<[string, (name: string) => Intercept | null, RegExp]>([
  ['deleted', (name) => refuse(name, 404), UNREADABLE],
  ['made-private', (name) => refuse(name, 401, AUTHENTICATE), UNREADABLE],
  [
    'emptied',
    (name) => {
      github.ask(name, 'update-ref', '-d', 'refs/heads/main')
      return null
    },
    /has no branch yet\. Push a commit/,
  ],
  [
    'without-branch',
    (name) => {
      github.ask(name, 'branch', 'other', 'main')
      github.ask(name, 'update-ref', '-d', 'refs/heads/main')
      return null
    },
    /no branch main\. .*It may have been deleted/,
  ],
])(
  'a repository that is %s in the middle fails the job with cause and hint',
  async (what, change, error) => {
    const name = `acme/${what}`
    github.commit(name, { 'a.c': 'int never;\n' })
    whenCloned(name, () => change(name))
    const job = await whence.ingest(name)
    expect(job).toMatchObject({ overall: 'failed', status: 'failed' })
    expect(job.error).toMatch(error)
    expect(await whence.find('never', { dataset: what })).toEqual([])
  },
)

test('a commit that is force-pushed away in the middle fails the job, and nothing is half-visible', async () => {
  const name = 'acme/forced'
  github.commit(name, { 'a.c': 'int before;\n' })
  await whence.ingest(name)
  const sha = github.commit(name, { 'a.c': 'int wanted;\n' })
  whenCloned(name, () => {
    const tree = github.ask(name, 'rev-parse', 'main~1^{tree}') as string
    const other = github.ask(name, 'commit-tree', '-m', 'Another root', tree) as string
    github.ask(name, 'update-ref', 'refs/heads/main', other)
    github.ask(name, 'gc', '--quiet', '--prune=now')
    return null
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
  const sha = github.commit('acme/new-name', { 'a.c': 'int renamed;\n' })
  github.commit('acme/old-name', { 'a.c': 'int other;\n' })
  whenCloned('acme/old-name', () => (request, response) => {
    if (request.url === '/repos/acme/old-name') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ full_name: 'acme/new-name', default_branch: 'main' }))
      return true
    }
    return refuse('acme/old-name', 301, { location: `${github.url}/acme/new-name.git/` })(
      request,
      response,
    )
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
  whenCloned('acme/moved', () => refuse('acme/moved', 301, { location: 'http://127.0.0.1:1/' }))
  const job = await whence.ingest('acme/moved')
  expect(job.overall).toBe('failed')
  expect(job.error).toMatch(/has moved to another address .*Ask for it by its new name/)
})
