import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReaders } from '#app/auth/readers.server.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openWhy, type WhyRequest } from '#app/why/explain-lines.ts'
import { runGit } from '#test/github/git/run-git.ts'
import { openTestServices, type TestServices } from '#test/services/setup.ts'
import { makeHistory } from '#test/support/code/git-history.ts'
import { layClone } from '#test/support/code/lay-clone.ts'
import { layCode } from '#test/support/code/lay-code.ts'
import { addPull, addRepository, insert } from '#test/support/laid-rows.ts'

const repository = 'acme/engine'
const READ = { read_at: '2026-01-02T00:00:00Z' }

let opened: TestServices
let pool: Pool
let repositoryId: string
let oids: Record<
  'first' | 'one' | 'two' | 'squash' | 'direct' | 'moving' | 'written' | 'reformatted' | 'kept',
  string
>

beforeAll(async () => {
  opened = await openTestServices()
  pool = opened.services.database.pool
  const account = { kind: 'app', external_id: '1', account: 'acme' }
  const installation = await insert(pool, 'installation', account)
  repositoryId = await addRepository(pool, installation, repository)
  await layCode(pool, { installation, repository: repositoryId, files: {} })
  oids = await writeCode(installation)
  await writeConversation()
})
afterAll(() => opened.close())

/** Writes a squash of two commits and a direct push, and puts the clone where an ingest does. */
async function writeCode(installation: string) {
  const git = makeHistory()
  const first = git.commit({ 'a.c': 'int a;\n' }, [], 'Begin')
  const one = git.commit({ 'a.c': 'int a;\nint one;\n' }, [first], 'One')
  const two = git.commit({ 'a.c': 'int a;\nint one;\nint two;\n' }, [one], 'Two')
  const squash = git.commit({ 'a.c': 'int a;\nint one;\nint two;\n' }, [first], 'Count (#5)')
  const direct = git.commit({ 'a.c': 'int a;\nint one;\nint two;\nint d;\n' }, [squash], 'Fix')
  const long = (name: string) => `int a_function_named_${name}(void);\n`
  const [x, y, z] = [long('x'), long('y'), long('z')]
  const written = git.commit({ 'b.c': x + y + z, 'a.c': 'int a;\n' }, [squash], 'Write b')
  const moving = git.commit({ 'b.c': y + z + x, 'a.c': 'int a;\n' }, [written], 'Sort b')
  const spaced = git.commit({ 'b.c': y + z.replace('(', '(const ') + x }, [moving], 'Format')
  const kept = git.commit({ 'b.c': y + z.replace('(', '(const ') + x + long('v') }, [spaced], 'V')
  const reformatted = git.commit(
    {
      'b.c': y + z.replace('(', '(const ') + x + long('v'),
      '.git-blame-ignore-revs': `${spaced}\n`,
    },
    [moving],
    'Format (#6)',
  )
  git.setHead(6, kept)
  await addPull(pool, repositoryId, 6, {
    ...{ state: 'MERGED', head_ref_oid: kept, merge_commit: reformatted, title: 'Format' },
  })
  runGit(git.folder, ['tag', 'moved', moving])
  runGit(git.folder, ['tag', 'reformatted', reformatted])
  git.setMain(direct)
  git.setHead(5, two)
  runGit(git.folder, ['tag', 'light', squash])
  runGit(git.folder, ['tag', '-a', '-m', 'One', 'v1/annotated', squash])
  await addPull(pool, repositoryId, 5, {
    ...{ state: 'MERGED', head_ref_oid: two, merge_commit: squash },
    ...{ title: 'Count', body: 'We have to count.' },
  })
  await layClone(opened.services, git, { installation, repositoryId, fullName: repository })
  return { first, one, two, squash, direct, moving, written, reformatted, kept }
}

async function writeConversation(): Promise<void> {
  const { rows } = await pool.query<{ id: string }>('select id from pull_request where number = 5')
  const own = { repository_id: repositoryId, pull_request_id: rows[0]?.id, ...READ }
  const at = { created_at: '2026-01-03T00:00:00Z', updated_at: '2026-01-03T00:00:00Z' }
  const hunks = { T_other: '@@ -1 +1,2 @@\n+int other;', T_two: '@@ -1 +1,3 @@\n+int two;' }
  for (const [thread, hunk] of Object.entries(hunks)) {
    await insert(pool, 'review_thread', {
      ...own,
      ...{ node_id: thread, path: 'a.c', line: 3, diff_side: 'RIGHT' },
      ...{ is_resolved: false, is_outdated: false },
    })
    await insert(pool, 'review_comment', {
      ...{ ...own, ...at, node_id: `C_${thread}`, thread_id: thread, path: 'a.c' },
      ...{ body: `Why ${thread}?`, diff_hunk: hunk, url: 'u', author_association: 'MEMBER' },
    })
  }
}

function why(request: Partial<WhyRequest>, scope: Scope = operatorScope()) {
  const { database, config } = opened.services
  const lines = { from: 1, to: 500 }
  const whole = { repository, ref: null, path: 'a.c', lines, ...request }
  return openWhy(config)(openReaders(database)(scope), whole)
}

test('each line leads to its pull request, the commit inside, and the words', async () => {
  const { oid, publishedAt, ranges } = await why({})
  expect({ oid, publishedAt }).toEqual({ oid: oids.direct, publishedAt: expect.any(String) })
  expect(ranges).toMatchObject([
    {
      ...{ from: 1, to: 1, pullRequests: [], pushedDirectly: { by: 'Ada' }, words: [] },
      says: expect.stringMatching(/^Nothing speaks for a pull request: Ada pushed it directly/),
    },
    {
      ...{ from: 2, to: 3, commit: { oid: oids.squash }, pushedDirectly: null },
      pullRequests: [{ number: 5, evidence: ['patch_id', 'merge_commit', 'message'] }],
      says: '#5 brought it: it makes the same change.',
      inside: [
        { from: 2, to: 2, commit: { oid: oids.one, summary: 'One' } },
        { from: 3, to: 3, commit: { oid: oids.two } },
      ],
      words: [
        { kind: 'review_thread', onLines: true, text: 'ghost: Why T_two?' },
        { kind: 'description', text: 'We have to count.' },
        { kind: 'review_thread', onLines: false },
      ],
    },
    { from: 4, to: 4, pullRequests: [], pushedDirectly: { by: 'Ada' } },
  ])
})

test('a move within the file is told, with the commit that wrote the lines', async () => {
  const { ranges } = await why({ ref: 'moved', path: 'b.c' })
  expect(ranges).toMatchObject([
    { from: 1, to: 2, commit: { oid: oids.written }, moved: [] },
    {
      ...{ from: 3, to: 3, commit: { oid: oids.moving } },
      moved: [{ from: 3, to: 3, commit: { oid: oids.written } }],
    },
  ])
})

test('a squash is passed over where only an ignored commit inside it changed the line', async () => {
  const { ranges } = await why({ ref: 'reformatted', path: 'b.c' })
  expect(ranges).toMatchObject([
    { from: 1, to: 1, commit: { oid: oids.written } },
    { from: 2, to: 2, commit: { oid: oids.written } },
    { from: 3, to: 3, commit: { oid: oids.moving } },
    {
      ...{ from: 4, to: 4, commit: { oid: oids.reformatted } },
      inside: [{ from: 4, to: 4, commit: { oid: oids.kept } }],
    },
  ])
})

test('a line can be asked for at a branch, a tag and a commit', async () => {
  for (const ref of [
    'main',
    'HEAD',
    'light',
    'v1/annotated',
    oids.squash,
    oids.squash.slice(0, 10),
  ])
    expect((await why({ ref, lines: { from: 2, to: 2 } })).ranges).toMatchObject([
      { from: 2, to: 2 },
    ])
})

test.each([
  [{ repository: 'acme/none' }, /no code of acme\/none/],
  [{ ref: 'none' }, /no branch none/],
  [{ ref: 'eeeeeee' }, /no commit eeeeeee/],
  [{ ref: 'main~1' }, /no branch main~1/],
  [{ ref: '--help' }, /no branch --help/],
  [{ path: 'none.c' }, /no file none\.c/],
  [{ lines: { from: 9, to: 9 } }, /a\.c has 4 lines/],
])('%j is refused in plain words', async (request, message) => {
  const refused = why(request)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toMatchObject({ name: 'RefusedError', kind: 'unknown' })
})

test('who may not read the repository gets the same answer as for one that is not there', async () => {
  const scope = viewerScope({ repositories: [], operates: [] })
  await expect(why({}, scope)).rejects.toThrow('There is no code of acme/engine here')
  const own = viewerScope({ repositories: [repositoryId], operates: [] })
  expect((await why({ lines: { from: 2, to: 2 } }, own)).ranges).toHaveLength(1)
})

test('a damaged clone is told as that', async () => {
  const [name = ''] = readdirSync(join(opened.services.config.DATA_DIR, 'clones'))
  const objects = join(opened.services.config.DATA_DIR, 'clones', name, 'objects')
  renameSync(objects, `${objects}-away`)
  await expect(why({})).rejects.toMatchObject({ name: 'OperatorError', hint: expect.any(String) })
  renameSync(`${objects}-away`, objects)
  expect((await why({})).ranges).toHaveLength(3)
})

test('without a clone, the answer says so', async () => {
  const clones = join(opened.services.config.DATA_DIR, 'clones')
  renameSync(clones, `${clones}-away`)
  await expect(why({})).rejects.toThrow('There is no code of acme/engine here')
  rmSync(clones, { recursive: true, force: true })
  renameSync(`${clones}-away`, clones)
})
