import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { blameLines } from '#app/code/blame/blame-lines.ts'
import { findInside, readPullFile } from '#app/code/blame/find-inside.ts'
import { type GitHistory, makeHistory } from '#test/support/code/git-history.ts'

let git: GitHistory
let first: string

beforeEach(() => {
  git = makeHistory()
  first = git.commit({ 'a.c': 'int a;\nint b;\nint c;\n' }, [], 'Begin')
})
afterEach(() => git.remove())

const opened = () => ({ folder: git.folder, signal: new AbortController().signal })

async function blame(oid: string, path = 'a.c', from = 1, to = 500) {
  const groups = await blameLines(opened(), { oid, path, from, to })
  return groups.map(({ commit, line, originalLine, originalPath, lines }) => [
    ...[commit.oid, line, originalLine, originalPath, lines.join('|')],
  ])
}

test('lines lead to the commits that wrote them, not to those that indented them', async () => {
  const second = git.commit({ 'a.c': 'int a;\nint x;\nint b;\nint c;\n' }, [first], 'Add x')
  const third = git.commit({ 'a.c': '  int a;\n  int x;\nint b;\nint c;\n' }, [second], 'Indent')
  expect(await blame(third)).toEqual([
    [first, 1, 1, 'a.c', '  int a;'],
    [second, 2, 2, 'a.c', '  int x;'],
    [first, 3, 2, 'a.c', 'int b;|int c;'],
  ])
  expect(await blame(third, 'a.c', 2, 2)).toEqual([[second, 2, 2, 'a.c', '  int x;']])
})

test('a file that was renamed leads to where it was', async () => {
  const renamed = git.commit({ 'src/ä.c': 'int a;\nint b;\nint c;\n' }, [first], 'Move')
  expect(await blame(renamed, 'src/ä.c')).toEqual([[first, 1, 1, 'a.c', 'int a;|int b;|int c;']])
})

test('a file that is gone leads to what became of it', async () => {
  const files = { 'src/ä.c': 'int a;\nint b;\nint c;\n', 'b.c': 'int b;\n' }
  const renamed = git.commit(files, [first], 'Move')
  const side = git.commit({ ...files, 'c.c': 'int c;\n' }, [renamed], 'Side')
  const merge = git.commit({ 'src/ä.c': files['src/ä.c'] }, [renamed, side], 'Merge, without b.c')
  await expect(blame(merge)).rejects.toThrow(
    `no file a.c at ${merge.slice(0, 10)}: it was renamed to src/ä.c in ${renamed.slice(0, 10)}, on 20`,
  )
  await expect(blame(merge, 'b.c')).rejects.toThrow(`it was deleted in ${merge.slice(0, 10)}`)
})

test('commits that the repository ignores are passed over, and unknown ones do no harm', async () => {
  const format = git.commit({ 'a.c': 'int a ;\nint b;\nint c;\n' }, [first], 'Format')
  const ignored = `# formatted\n${format}\n${'e'.repeat(40)}\n--help\n`
  const files = { 'a.c': 'long a ;\nint b;\nint c;\n' }
  const bulk = git.commit(files, [format], 'Widen')
  const tip = git.commit({ ...files, '.git-blame-ignore-revs': `${ignored}${bulk}\n` }, [bulk])
  expect(await blame(bulk, 'a.c', 1, 1)).toEqual([[bulk, 1, 1, 'a.c', 'long a ;']])
  expect(await blame(tip, 'a.c', 1, 1)).toEqual([[first, 1, 1, 'a.c', 'long a ;']])
})

describe('a plain answer is given for', () => {
  test.each([
    ['b.c', 1, /no file b\.c at/],
    ['../a.c', 1, /no file/],
    ['/a.c', 1, /no file/],
    [':(top)a.c', 1, /no file/],
    ['-a.c', 1, /no file/],
    ['dir', 1, /no file/],
    ['a.c', 4, /a\.c has 3 lines/],
    ['bin', 1, /binary/],
    ['"caf\\351.c"', 1, /not UTF-8/],
    ['a\0b', 1, /not UTF-8/],
    ['', 1, /not UTF-8/],
  ])('%j, line %i', async (path, line, message) => {
    const files = { 'a.c': 'int a;\nint b;\nint c;\n', bin: 'a\0b\n', 'dir/b': 'b\n' }
    await expect(blame(git.commit(files, []), path, line)).rejects.toThrow(message)
  })
})

test('a line of a squash leads to the commit of the pull request that wrote it', async () => {
  const one = git.commit({ 'a.c': 'int a;\nint one;\nint b;\nint c;\n' }, [first], 'One')
  const head = git.commit({ 'a.c': 'int a;\nint one;\nint b;\nint c;\nint two;\n' }, [one], 'Two')
  const direct = git.commit({ 'a.c': 'int z;\nint a;\nint b;\nint c;\n' }, [first], 'Z')
  const squash = git.commit(
    { 'a.c': 'int z;\nint a;\nint one;\nint b;\nint c;\nint two;\nint late;\n' },
    [direct],
    'Squash (#5)',
  )
  const groups = await blameLines(opened(), { oid: squash, path: 'a.c', from: 1, to: 7 })
  const own = groups.filter(({ commit }) => commit.oid === squash)
  const wanted = { squash, path: 'a.c', head, ignored: [] }
  const file = await readPullFile(opened(), wanted)
  const inside = own.map((group) => findInside(file, group))
  expect(
    inside.flat().map((line) => (line === 'ignored' ? line : line && [line.commit.oid, line.line])),
  ).toEqual([[one, 2], [head, 5], null])
  expect((await readPullFile(opened(), { ...wanted, head: 'e'.repeat(40) })).size).toBe(0)
})
