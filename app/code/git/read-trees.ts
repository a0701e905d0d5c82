/** Lists trees and their differences as git prints them, in memory that does not grow. */
import { CloneError } from './clone-error.ts'
import { pathText } from './path-text.ts'
import { needCommit, type Opened } from './resolve-commit.ts'
import { streamGit } from './run-git.ts'

export type TreeEntry = {
  /** As git writes it, in six octal digits. */
  mode: string
  kind: 'file' | 'symlink' | 'submodule'
  oid: string
  /** Bytes; 0 for a submodule. */
  size: number
  /** See `pathText`. */
  path: string
}

export type ChangedPath = { path: string; status: 'added' | 'modified' | 'deleted' }

export type OpenedTree = Opened & {
  /** Files and folders of one tree. */
  treeEntries: number
}

/** Bytes of a path; no file system holds a longer one. It also stops trees that are nested without end. */
const LONGEST_PATH = 4_096

/** See `Clone`. */
export async function* readTree(clone: OpenedTree, oid: string): AsyncGenerator<TreeEntry> {
  await needCommit(clone, oid)
  // `-t` lists the folders too, so that trees of trees without a file count.
  const args = ['ls-tree', '-r', '-t', '-z', '-l', '--full-tree', oid]
  for await (const line of readParts(clone, args)) {
    const entry = parseEntry(line)
    if (entry) yield entry
  }
}

/** See `Clone`. */
export async function* readChanges(
  clone: OpenedTree,
  from: string,
  to: string,
): AsyncGenerator<ChangedPath> {
  await needCommit(clone, from)
  await needCommit(clone, to)
  let status: ChangedPath['status'] | null = null
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', from, to]
  for await (const part of readParts(clone, args)) {
    if (status === null) status = statusOf(part.toString('latin1'))
    else {
      yield { path: pathText(part), status }
      status = null
    }
  }
}

async function* readParts(clone: OpenedTree, args: string[]): AsyncGenerator<Buffer> {
  const git = streamGit({ ...clone, args })
  let count = 0
  try {
    for await (const part of splitAtZero(git.stdout)) {
      count++
      if (count > clone.treeEntries) throw tooLarge(`more than ${clone.treeEntries} entries`)
      yield part
    }
    await git.end()
  } finally {
    await git.stop()
  }
}

/** Splits output that ends each part with a zero byte. */
async function* splitAtZero(stdout: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const part of stdout) {
    const all = rest.length === 0 ? part : Buffer.concat([rest, part])
    let start = 0
    for (let end = all.indexOf(0); end >= 0; end = all.indexOf(0, start)) {
      yield all.subarray(start, end)
      start = end + 1
    }
    rest = all.subarray(start)
    if (rest.length > 2 * LONGEST_PATH) throw tooLarge(`a path of more than ${LONGEST_PATH} bytes`)
  }
}

/** Reads `mode type oid size<tab>path`; returns null for a folder. */
function parseEntry(line: Buffer): TreeEntry | null {
  const tab = line.indexOf(9)
  const [mode = '', type, oid = '', size] = line.subarray(0, tab).toString('latin1').split(/ +/)
  const path = line.subarray(tab + 1)
  if (path.length > LONGEST_PATH) throw tooLarge(`a path of more than ${LONGEST_PATH} bytes`)
  if (type === 'tree') return null
  const kind = type === 'commit' ? 'submodule' : mode === '120000' ? 'symlink' : 'file'
  return { mode, kind, oid, size: Number(size) || 0, path: pathText(path) }
}

function statusOf(letter: string): ChangedPath['status'] {
  return letter === 'A' ? 'added' : letter === 'D' ? 'deleted' : 'modified'
}

function tooLarge(reason: string): CloneError {
  return new CloneError(
    'tree too large',
    `The files of this commit are beyond the limits: ${reason}`,
    'Leave the repository out of the step "Code".',
  )
}
