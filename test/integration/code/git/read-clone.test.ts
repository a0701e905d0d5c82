import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pathBytes } from '#app/code/git/path-text.ts'
import type { Clone } from '#app/code/git/read-clone.ts'
import { commitFiles, makeRepository } from '#test/github/git/make-repository.ts'
import { runGit } from '#test/github/git/run-git.ts'
import { type GitServer, startGitServer } from '#test/support/code/git-server.ts'
import { collect, openTestClones, requestFor } from '#test/support/code/open-test-clones.ts'

let server: GitServer
let place: Awaited<ReturnType<typeof openTestClones>>
let count = 0

beforeAll(async () => {
  server = await startGitServer()
  place = await openTestClones()
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

/** Creates a repository; `read` clones it and calls `use`. */
function repository() {
  const key = `r${count++}`
  const path = makeRepository(server.folder, `ada/${key}`)
  const request = requestFor(`${server.url}/ada/${key}.git`, { key })
  const read = <T>(use: (clone: Clone) => Promise<T>) => place.clones.withClone(request, use)
  return { path, key, request, read }
}

const PATHS = [
  '日本語.txt',
  'a b/ b.txt',
  'tab\there.txt',
  'say "hi".txt',
  'line\nbreak.txt',
  'back\\slash',
  '-rf',
  'README.md',
  'readme.md',
  '"quoted"',
].map((path) => Buffer.from(path))
const BYTES = [Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x63]), Buffer.from('caf\xe9/x.c', 'latin1')]

describe('the tree of a commit', () => {
  test('has every path byte for byte, and its content', async () => {
    const { path, read } = repository()
    const all = [...PATHS, ...BYTES]
    const oid = commitFiles(path, new Map(all.map((name) => [name, `of ${name.toString('hex')}`])))
    await read(async (clone) => {
      const entries = await collect(clone.tree(oid))
      const names = entries.map((entry) => pathBytes(entry.path).toString('hex'))
      expect(names.sort()).toEqual(all.map((name) => name.toString('hex')).sort())
      const blobs = await collect(clone.blobs(entries.map((entry) => entry.oid)))
      for (const [at, entry] of entries.entries()) {
        const content = `of ${pathBytes(entry.path).toString('hex')}`
        expect(blobs[at]?.bytes?.toString()).toBe(content)
        expect(entry.size).toBe(content.length)
      }
    })
  })

  test('names symlinks and submodules, and follows neither', async () => {
    const { path, read } = repository()
    const module = 'd'.repeat(40)
    const oid = commitFiles(path, {
      'link.txt': { mode: '120000', content: '/etc/passwd' },
      module: { mode: '160000', content: module },
      'run.sh': { mode: '100755', content: 'true\n' },
    })
    await read(async (clone) => {
      const [link, submodule, file] = await collect(clone.tree(oid))
      expect(link).toMatchObject({ kind: 'symlink', mode: '120000', size: 11 })
      expect(submodule).toMatchObject({ kind: 'submodule', mode: '160000', oid: module, size: 0 })
      expect(file).toMatchObject({ kind: 'file', mode: '100755', path: 'run.sh' })
      const [target] = await collect(clone.blobs([link?.oid ?? '']))
      expect(target?.bytes?.toString()).toBe('/etc/passwd')
    })
  })

  test('is refused past the limit of entries, even if it holds no file', async () => {
    const { path, read, request } = repository()
    let tree = runGit(path, ['mktree'], '')
    for (let depth = 0; depth < 20; depth++)
      tree = runGit(path, ['mktree'], `040000 tree ${tree}\ta\n040000 tree ${tree}\tb\n`)
    const bomb = runGit(path, ['commit-tree', tree, '-m', 'Two to the twentieth'])
    runGit(path, ['update-ref', 'refs/heads/main', bomb])
    await read(async (clone) => {
      await expect(collect(clone.tree(bomb))).rejects.toMatchObject({ kind: 'tree too large' })
    })
    const few = place.open({ treeEntries: 100 })
    await few.withClone(request, async (clone) => {
      await expect(collect(clone.tree(bomb))).rejects.toThrow(/more than 100 entries/)
    })
  })

  test('is refused if it is nested without end', async () => {
    const { path, read } = repository()
    const oid = commitFiles(path, { [`${'d/'.repeat(3_000)}f`]: 'deep' })
    await read(async (clone) => {
      await expect(collect(clone.tree(oid))).rejects.toMatchObject({ kind: 'tree too large' })
    })
  })

  test('can be left in the middle', async () => {
    const { path, read } = repository()
    const oid = commitFiles(path, Object.fromEntries(range(5_000).map((at) => [`f${at}`, 'x'])))
    await read(async (clone) => {
      for await (const entry of clone.tree(oid)) {
        expect(entry.size).toBe(1)
        break
      }
    })
  })
})

describe('blobs', () => {
  test('over the limit have a size alone', async () => {
    const { path, read } = repository()
    const line = 'x'.repeat(2_000_000)
    const oid = commitFiles(path, {
      'a.js': line,
      'b.js': 'small',
      'c.js': Buffer.from([0, 10, 255]),
    })
    await read(async (clone) => {
      const entries = await collect(clone.tree(oid))
      const blobs = await collect(clone.blobs(entries.map((entry) => entry.oid)))
      expect(blobs.map(({ size, bytes }) => [size, bytes?.toString('hex') ?? null])).toEqual([
        [2_000_000, null],
        [5, Buffer.from('small').toString('hex')],
        [3, '000aff'],
      ])
    })
  })

  test('come in order, however many', async () => {
    const { path, read } = repository()
    const oid = commitFiles(
      path,
      Object.fromEntries(range(3_000).map((at) => [`f${at}`, `${at}\n`.repeat(at % 300)])),
    )
    await read(async (clone) => {
      const entries = await collect(clone.tree(oid))
      const blobs = await collect(clone.blobs(entries.map((entry) => entry.oid)))
      const expected = entries.map(({ path: name }) => {
        const at = Number(name.slice(1))
        return `${at}\n`.repeat(at % 300)
      })
      expect(blobs.map(({ bytes }) => bytes?.toString())).toEqual(expected)
    })
  })

  test('that are missing mean a damaged clone', async () => {
    const { path, read } = repository()
    commitFiles(path, { a: 'a' })
    await expect(read((clone) => collect(clone.blobs(['e'.repeat(40)])))).rejects.toMatchObject({
      kind: 'broken',
    })
  })
})

describe('a commit', () => {
  test('is found by branch, by id and as the default, whatever the tags are called', async () => {
    const { path, read } = repository()
    const first = commitFiles(path, { a: '1' })
    const second = commitFiles(path, { a: '2' })
    const odd = ['-f', 'ä/日本', "a'b", 'x;y', '$(id)', first, 'HEAD', 'refs/heads/main']
    for (const branch of odd) runGit(path, ['update-ref', `refs/heads/${branch}`, first])
    for (const tag of ['main', 'HEAD', '-f'])
      runGit(path, ['update-ref', `refs/tags/${tag}`, first])
    await read(async (clone) => {
      expect(await clone.resolve({ default: true })).toEqual({ oid: second, branch: 'main' })
      expect(await clone.resolve({ branch: 'main' })).toEqual({ oid: second, branch: 'main' })
      for (const branch of odd)
        expect(await clone.resolve({ branch })).toEqual({ oid: first, branch })
      expect(await clone.resolve({ sha: second })).toEqual({ oid: second, branch: null })
      expect(await clone.resolve({ sha: second.slice(0, 8).toUpperCase() })).toMatchObject({
        oid: second,
      })
      expect([await clone.hasCommit(first), await clone.hasCommit('f'.repeat(40))]).toEqual([
        true,
        false,
      ])
    })
  })

  test.each([
    [{ branch: 'gone' }, 'unknown branch'],
    [{ branch: 'main~1' }, 'unknown branch'],
    [{ branch: 'mai*' }, 'unknown branch'],
    [{ branch: '' }, 'unknown branch'],
    [{ branch: '../../HEAD' }, 'unknown branch'],
    [{ branch: 'a\0b' }, 'unknown branch'],
    [{ branch: '--all' }, 'unknown branch'],
    [{ sha: 'f'.repeat(40) }, 'unknown commit'],
    [{ sha: 'HEAD' }, 'unknown commit'],
    [{ sha: '--all' }, 'unknown commit'],
    [{ sha: 'abc' }, 'unknown commit'],
  ])('is refused: %j', async (wanted, kind) => {
    const { path, read } = repository()
    commitFiles(path, { a: '1' })
    await expect(read((clone) => clone.resolve(wanted))).rejects.toMatchObject({ kind })
  })

  test('is refused if the object is a tree or an annotated tag', async () => {
    const { path, read } = repository()
    const oid = commitFiles(path, { a: '1' })
    runGit(path, ['tag', '-a', 'v1', '-m', 'One', oid])
    await read(async (clone) => {
      for (const name of ['main^{tree}', 'v1']) {
        const sha = runGit(path, ['rev-parse', name])
        await expect(clone.resolve({ sha })).rejects.toMatchObject({ kind: 'not a commit' })
      }
    })
  })

  test.each([{ default: true } as const, { branch: 'main' }, { sha: 'f'.repeat(40) }])(
    'is missing in an empty repository: %j',
    async (wanted) => {
      const { read } = repository()
      await expect(read((clone) => clone.resolve(wanted))).rejects.toMatchObject({
        kind: 'empty repository',
      })
    },
  )
})

describe('changes', () => {
  test('are told for commits and for pull requests', async () => {
    const { path, read } = repository()
    const start = commitFiles(path, { a: '1', b: '1', 日本: '1' })
    const pull = commitFiles(
      path,
      { a: '2', 日本: '1', 'c\n': 'no rename' },
      { branch: 'topic', parents: [start] },
    )
    const base = commitFiles(path, { a: '1', b: '9', 日本: '9' })
    runGit(path, ['update-ref', 'refs/pull/7/head', pull])
    runGit(path, ['update-ref', '-d', 'refs/heads/topic'])
    await read(async (clone) => {
      expect(await collect(clone.changes(start, pull))).toEqual([
        { path: 'a', status: 'modified' },
        { path: 'b', status: 'deleted' },
        { path: 'c\n', status: 'added' },
      ])
      const sizes = { additions: 1, deletions: 1 }
      const file = (path: string, changeType: string, given: object) => ({
        ...{ path, changeType, previousPath: null, ...sizes, ...given },
      })
      const files = [
        file('a', 'MODIFIED', {}),
        file('b', 'DELETED', { additions: 0 }),
        file('c\n', 'ADDED', { deletions: 0 }),
      ]
      const missing = 'f'.repeat(40)
      expect(
        await clone.listChanges([
          { base, head: pull },
          { base: missing, head: pull },
          { base, head: 'not an id' },
          { base, head: base },
          { base: start, head: pull },
        ]),
      ).toEqual([{ files, total: 3 }, null, null, { files: [], total: 0 }, { files, total: 3 }])
      expect(await clone.listChanges([])).toEqual([])
    })
  })

  test('of pull requests name both places of a renamed file, with its size', async () => {
    const { path, read } = repository()
    const text = 'one line of many\n'.repeat(40)
    const base = commitFiles(path, { 'tab\there': text, binary: Buffer.from([0, 1]) })
    const head = commitFiles(
      path,
      { 'b/日本': `${text}and one more\n`, binary: Buffer.from([0, 2]) },
      { branch: 'topic', parents: [base] },
    )
    expect(await read((clone) => clone.listChanges([{ base, head }]))).toEqual([
      {
        files: [
          ...[{ path: 'b/日本', previousPath: 'tab\there', changeType: 'RENAMED' }].map((one) => ({
            ...{ ...one, additions: 1, deletions: 0 },
          })),
          ...[{ path: 'binary', previousPath: null, changeType: 'MODIFIED' }].map((one) => ({
            ...{ ...one, additions: 0, deletions: 0 },
          })),
        ],
        total: 2,
      },
    ])
  })

  test('of a pull request with a path that is too long lack that file, and nothing else', async () => {
    const { path, read } = repository()
    const base = commitFiles(path, { a: '1' })
    const deep = `${'d'.repeat(250)}/`.repeat(80)
    const head = commitFiles(
      path,
      { a: '2', [`${deep}file`]: '1', z: '1' },
      { branch: 'topic', parents: [base] },
    )
    const [listed] = await read((clone) => clone.listChanges([{ base, head }]))
    expect(listed?.files.map((file) => [file.path, file.additions])).toEqual([
      ['a', 1],
      ['z', 1],
    ])
    expect(listed?.total).toBe(3)
  })

  test('of histories that never met are unknown', async () => {
    const { path, read } = repository()
    const one = commitFiles(path, { a: '1' })
    const other = commitFiles(path, { b: '1' }, { branch: 'orphan', parents: [] })
    expect(await read((clone) => clone.listChanges([{ base: one, head: other }]))).toEqual([null])
  })
})

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at)
}
