import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, get, startSmall } from '#test/github/ask.ts'
import type { StandIn } from '#test/github/stand-in.ts'
import type { Repository } from '../world/model.ts'
import { pullsOf, readPull } from '../world/pulls.ts'

const run = promisify(execFile)
const DEMO = { sources: [{ kind: 'demo' as const }], limits: { off: true } }
const PLAIN = { sources: [], limits: { off: true } }
const NAMES = ['quay', 'tideline', 'gangway']
const NOTES = 'acme/notes'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whence-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function git(...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' }
  const { stdout } = await run('git', args, { cwd: folder, env: env as never, maxBuffer: 1e8 })
  return stdout.trimEnd()
}

function addressOf(standIn: StandIn, repository: string, token: string | null): string {
  return `${standIn.url.replace('//', token ? `//x:${token}@` : '//')}/${repository}.git`
}

/** Clones everything, and returns a function that asks the clone. */
async function mirror(standIn: StandIn, repository: string) {
  const copy = join(folder, `${repository.replace('/', '-')}-${Math.random()}.git`)
  const from = addressOf(standIn, repository, standIn.personalToken)
  await git('clone', '-q', '--mirror', from, copy)
  return (...args: string[]) => git('--git-dir', copy, ...args)
}

const lines = (text: string) => (text === '' ? [] : text.split('\n'))

test.each(NAMES)('git has what GraphQL says of %s', async (name) => {
  await using standIn = await startSmall(DEMO)
  const repository = `saltmarsh/${name}`
  const clone = await mirror(standIn, repository)
  expect(await clone('fsck', '--strict')).toBe('')
  const content = standIn.content({ repositories: [repository] })
  const world = standIn.world.names.get(repository) as Repository
  const refs = new Map(
    lines(await clone('for-each-ref', '--format=%(refname) %(objectname)')).map(
      (line) => line.split(' ') as [string, string],
    ),
  )
  const history = lines(await clone('rev-list', 'main'))
  expect(content.pullRequests.length).toBeGreaterThan(15)
  for (const pull of content.pullRequests) {
    expect(refs.get(`refs/pull/${pull.number}/head`)).toBe(pull.headRefOid)
    expect(pull.commits.at(-1)).toBe(pull.headRefOid)
    const isOpen = pull.state === 'OPEN'
    expect(refs.has(`refs/heads/${pull.headRefName}`)).toBe(isOpen)
    if (pull.state === 'MERGED') expect(history).toContain(pull.mergeCommit)
    else expect(pull.mergeCommit).toBeNull()
    const base = await clone('rev-parse', `${pull.commits[0]}^`)
    expect(lines(await clone('rev-list', '--reverse', `${base}..${pull.headRefOid}`))).toEqual(
      pull.commits,
    )
    const { files = [], additions, deletions } = readPull(world, pull.number) ?? {}
    expect(lines(await clone('diff', '--numstat', '--no-renames', base, pull.headRefOid))).toEqual(
      files.map((one) => `${one.additions}\t${one.deletions}\t${one.path}`),
    )
    const sum = (field: 'additions' | 'deletions') =>
      files.reduce((total, one) => total + one[field], 0)
    expect([sum('additions'), sum('deletions')]).toEqual([additions, deletions])
    expect(pull).toMatchObject({ additions, deletions, changedFiles: files.length })
  }
  const format = '--format=%H|%an|%ae|%at|%ct|%P|%B'
  const oids = content.commits.map(({ oid }) => oid)
  const shown = (await clone('log', '--no-walk=unsorted', '-z', format, ...oids)).split('\0')
  for (const [index, commit] of content.commits.entries()) {
    const [oid, name, email, authored, committed, parents, ...message] =
      shown[index]?.split('|') ?? []
    expect([oid, name, email]).toEqual([commit.oid, commit.authorName, commit.authorEmail])
    expect(parents?.split(' ')).toEqual(commit.parents)
    expect(message.join('|').trimEnd()).toBe(commit.message)
    expect(Number(authored) * 1000).toBe(Date.parse(String(commit.authoredDate)))
    expect(Number(committed) * 1000).toBe(Date.parse(String(commit.committedDate)))
  }
})

test('the demo merges by squash, by merge commit and by rebase', async () => {
  await using standIn = await startSmall(DEMO)
  const query = `query($name: String!, $number: Int!) {
    repository(owner: "saltmarsh", name: $name) {
      defaultBranchRef { target { oid } }
      pullRequest(number: $number) { headRefOid mergeCommit { oid message parents(first: 2) { nodes { oid } } } }
    }
  }`
  const merged = async (name: string, number: number) => {
    const { repository } = (await ask(standIn, query, { name, number })).body.data
    const { headRefOid, mergeCommit } = repository.pullRequest
    const clone = await mirror(standIn, `saltmarsh/${name}`)
    expect(await clone('rev-parse', 'main')).toBe(repository.defaultBranchRef.target.oid)
    const parents = (await clone('show', '-s', '--format=%P', mergeCommit.oid)).split(' ')
    expect(mergeCommit.parents.nodes.map((one: { oid: string }) => one.oid)).toEqual(parents)
    return { clone, headRefOid, ...mergeCommit, parents }
  }
  const squashed = await merged('quay', 41)
  expect(squashed.parents).toHaveLength(1)
  expect(squashed.message).toBe(
    'Retry the bank with jitter, and give up sooner (#41)\n\n* Spread retries at random\n\n* Stop after three attempts',
  )
  const joined = await merged('tideline', 19)
  expect(joined.parents).toEqual([expect.any(String), joined.headRefOid])
  expect(joined.message).toMatch(/^Merge pull request #19 from saltmarsh\/json-timetables\n\n/)
  const rebased = await merged('gangway', 27)
  expect(rebased.oid).not.toBe(rebased.headRefOid)
  expect(rebased.message).toBe('Write down who boarded whom')
  expect(await rebased.clone('diff', rebased.headRefOid, rebased.oid)).toBe('')
})

test.each(['quay', 'tideline', 'gangway'])(
  'the lines of review threads are in %s',
  async (name) => {
    await using standIn = await startSmall(DEMO)
    const clone = await mirror(standIn, `saltmarsh/${name}`)
    const threads = pullsOf(standIn.world.names.get(`saltmarsh/${name}`) as Repository).flatMap(
      (pull) => pull.threads,
    )
    expect(threads.length).toBeGreaterThan(3)
    for (const { path, originalLine, isOutdated, comments, pullRequest } of threads) {
      const line = comments[0]?.diffHunk.split('\n').at(-1) ?? ''
      const own = pullRequest.commits.map(({ oid }) => oid)
      const sides = line.startsWith('-') ? [`${own[0]}^`] : own
      const texts = await Promise.all(
        sides.map((oid) => clone('show', `${oid}:${path}`).catch(() => '')),
      )
      const lines = texts.map((text) => text.split('\n')[Number(originalLine) - 1])
      expect(isOutdated ? lines : lines.slice(-1)).toContain(line.slice(1))
    }
  },
)

test('code is read with a token that covers the repository and may read contents', async () => {
  await using standIn = await startSmall(DEMO)
  const secret = 'saltmarsh/gangway'
  const [installation] = standIn.world.installations.keys()
  const issue = () => standIn.installationToken(installation as number)
  const statusOf = async (repository: string, token: string | null) => {
    const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
    const path = `${standIn.url}/${repository}.git/info/refs?service=git-upload-pack`
    return (await fetch(path, { headers: token ? { authorization } : {} })).status
  }
  expect(await statusOf(secret, issue())).toBe(200)
  expect(await statusOf(secret, null)).toBe(401)
  expect(await statusOf('saltmarsh/quay', null)).toBe(200)
  expect(await statusOf('saltmarsh/none', null)).toBe(401)
  expect(await statusOf('saltmarsh/quay', 'ghs_wrong')).toBe(401)
  expect(await statusOf(secret, standIn.givePersonalToken('mira', []))).toBe(404)
  expect(await statusOf(secret, standIn.givePersonalToken('mira', [secret]))).toBe(200)
  const old = issue()
  standIn.expireToken(old)
  expect(await statusOf(secret, old)).toBe(401)
  standIn.changes.revokeAccess({ repository: secret })
  expect(await statusOf(secret, issue())).toBe(404)
  standIn.changes.grantAccess({ repository: secret })
  standIn.changes.setPermission({ account: 'saltmarsh', permission: 'contents', level: null })
  expect(await statusOf(secret, issue())).toBe(403)
  expect((await get(standIn, `/repos/${secret}/branches/main`)).status).toBe(200)
  const headers = { authorization: `token ${issue()}` }
  expect((await get(standIn, `/repos/${secret}/branches/main`, headers)).status).toBe(403)
})

test('names, visibility and deletion of a repository hold for git from the next request on', async () => {
  await using standIn = await startSmall(PLAIN)
  const { changes } = standIn
  changes.createRepository({ repository: NOTES })
  const { oid } = changes.commit({ repository: NOTES, files: { 'a.md': 'a\n' } })
  const tip = (name: string, token: string | null = null) =>
    git('ls-remote', addressOf(standIn, name, token), 'HEAD')
  expect(await tip(NOTES)).toBe(`${oid}\tHEAD`)
  changes.rename({ repository: NOTES, name: 'words' })
  expect(await tip('acme/words')).toBe(`${oid}\tHEAD`)
  await expect(
    git('-c', 'http.followRedirects=false', 'ls-remote', addressOf(standIn, NOTES, null)),
  ).rejects.toThrow('301')
  expect(await tip(NOTES)).toBe(`${oid}\tHEAD`)
  changes.editRepository({ repository: 'acme/words', visibility: 'PRIVATE' })
  await expect(tip('acme/words')).rejects.toThrow('could not read Username')
  expect(await tip('acme/words', standIn.personalToken)).toBe(`${oid}\tHEAD`)
  changes.emptyRepository({ repository: 'acme/words' })
  expect(await tip('acme/words', standIn.personalToken)).toBe('')
  changes.deleteRepository({ repository: 'acme/words' })
  await expect(tip('acme/words', standIn.personalToken)).rejects.toThrow('not found')
})

test('a pull request is opened, pushed to, force-pushed and merged in git', async () => {
  await using standIn = await startSmall(PLAIN)
  const { changes } = standIn
  changes.createRepository({ repository: NOTES })
  const open = (title: string, files?: Record<string, string>) =>
    changes.openPull({ repository: NOTES, title, author: 'mira', ...(files && { files }) })
  const first = open('Add a', { 'a.md': 'a\n' })
  const name = `${NOTES}#${first.number}`
  changes.push({ pull: name, files: { 'b/c.md': 'c\n' }, message: 'Add c' })
  expect(first).toMatchObject({ additions: 2, deletions: 0, changedFiles: 2 })
  const before = first.headRefOid
  changes.forcePush({ pull: name })
  expect(first.headRefOid).not.toBe(before)
  const others = [open('Add d'), open('Add e')]
  const methods = ['squash', 'merge', 'rebase'] as const
  for (const [index, pull] of [first, ...others].entries())
    changes.merge({ pull: pull.id, method: methods[index], by: 'mira' })
  const clone = await mirror(standIn, NOTES)
  expect(await clone('fsck', '--strict')).toBe('')
  expect(await clone('rev-parse', `refs/pull/${first.number}/head`)).toBe(first.headRefOid)
  expect(lines(await clone('log', '--format=%s', '--first-parent', 'main'))).toEqual([
    'Add e',
    `Merge pull request #${others[0]?.number} from acme/${others[0]?.headRefName}`,
    `Add a (#${first.number})`,
    'Initial commit',
  ])
  expect(await clone('rev-parse', 'main')).toBe(others[1]?.mergeCommitOid)
  expect(lines(await clone('ls-tree', '-r', '--name-only', 'main'))).toEqual(
    expect.arrayContaining(['README.md', 'a.md', 'b/c.md']),
  )
})

test('a pull request with a conflict is not merged', async () => {
  await using standIn = await startSmall(PLAIN)
  const { changes } = standIn
  changes.createRepository({ repository: NOTES })
  const [first, second] = ['one\n', 'two\n'].map((text) =>
    changes.openPull({ repository: NOTES, title: text, files: { 'a.md': text } }),
  )
  changes.merge({ pull: first?.id ?? '' })
  expect(() => changes.merge({ pull: second?.id ?? '' })).toThrow('has conflicts with main')
  expect(readPull((second as NonNullable<typeof second>).repository, 2)?.state).toBe('OPEN')
})

test('a review is of lines that the pull request has', async () => {
  await using standIn = await startSmall(PLAIN)
  const { changes } = standIn
  changes.createRepository({ repository: NOTES })
  const files = { 'a.md': 'one\ntwo\n' }
  const { id: pull, threads, reviews } = changes.openPull({ repository: NOTES, title: 'A', files })
  const place = { path: 'a.md', line: 2, body: 'Why two?' }
  changes.review({ pull, threads: [place] })
  expect(threads[0]?.comments[0]?.diffHunk).toBe('@@ -0,0 +1,2 @@\n+one\n+two')
  for (const wrong of [{ line: 3 }, { path: 'README.md', line: 1 }, { path: 'b.md' }])
    expect(() => changes.review({ pull, threads: [{ ...place, ...wrong }] })).toThrow(
      'does not change',
    )
  expect([reviews.length, threads.length]).toEqual([1, 1])
})

test('a repository without commits has no pull requests', async () => {
  await using standIn = await startSmall(PLAIN)
  const { changes } = standIn
  changes.createRepository({ repository: NOTES })
  changes.emptyRepository({ repository: NOTES })
  expect(() => changes.openPull({ repository: NOTES, title: 'A' })).toThrow('has no commits')
  changes.commit({ repository: NOTES, files: { 'a.md': 'a\n' } })
  expect(changes.openPull({ repository: NOTES, title: 'A' }).commits).toHaveLength(1)
})

test('branches begin, are forced and end', async () => {
  await using standIn = await startSmall(PLAIN)
  const { changes } = standIn
  changes.createRepository({ repository: NOTES })
  const { oid: root } = changes.commit({ repository: NOTES, files: { 'a.md': 'a\n' } })
  const { oid: next } = changes.commit({ repository: NOTES, files: { 'a.md': 'b\n' } })
  const { oid } = changes.commit({ repository: NOTES, files: { 'a.md': null }, onto: root })
  const branches = async (branch: string) =>
    (await get(standIn, `/repos/${NOTES}/branches/${branch}`)).body as unknown
  expect(await branches('main')).toMatchObject({ name: 'main', commit: { sha: oid } })
  const compared = async (base: string, head: string) =>
    (await get(standIn, `/repos/${NOTES}/compare/${base}...${head}`)).body as unknown
  expect(await compared(oid, next)).toMatchObject({ status: 'diverged', ahead_by: 1, behind_by: 1 })
  expect(await compared(oid, root)).toMatchObject({ status: 'behind' })
  expect(await compared(root, next)).toMatchObject({ status: 'ahead' })
  expect(await compared(oid, '1'.repeat(40))).toMatchObject({ message: 'Not Found' })
  changes.commit({ repository: NOTES, branch: 'release/1', files: { 'b.md': 'b\n' } })
  expect(await branches('release/1')).toMatchObject({ name: 'release/1' })
  changes.deleteBranch({ repository: NOTES, branch: 'release/1' })
  expect(await branches('release/1')).toMatchObject({ message: 'Branch not found' })
  changes.rename({ repository: NOTES, name: 'words' })
  const moved = await get(standIn, `/repos/${NOTES}/branches/main`)
  expect(moved.status).toBe(301)
  const there = await get(standIn, new URL(moved.headers.get('location') ?? '').pathname)
  expect(there.body).toMatchObject({ commit: { sha: oid } })
})
