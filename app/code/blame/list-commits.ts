/** Lists the commits that changed a path or lines of it. */
import type { Opened } from '../git/resolve-commit.ts'
import { readOutput } from '../git/run-git.ts'
import { type BlamedCommit, nameOf } from './blame-lines.ts'

/** The newest first. */
const MOST_COMMITS = 20
/** Oid and seconds, author, summary: none of them has a line end. */
const FORMAT = ['--format=%H %at%n%an%n%s', '--no-show-signature', `--max-count=${MOST_COMMITS}`]
const LINES_OF_COMMIT = 3

export interface WantedCommits {
  /** Commit from which to look back. */
  oid: string
  /** Null for the commit alone. */
  path: string | null
  lines: { from: number; to: number } | null
}

/** Returns the last commits that changed the lines, else the path; without either, the commit itself. */
export async function listCommits(
  clone: Opened,
  { oid, path, lines }: WantedCommits,
): Promise<BlamedCommit[]> {
  const name = path === null ? null : nameOf(path)
  const wanted =
    name === null
      ? ['--no-walk', oid]
      : lines
        ? ['--no-patch', `-L${lines.from},${lines.to}:${name}`, oid]
        : [oid, '--', name]
  const parts: Buffer[] = []
  const args = ['--literal-pathspecs', 'log', ...FORMAT, ...wanted]
  for await (const part of readOutput({ ...clone, args })) parts.push(part)
  const all = Buffer.concat(parts).toString().split('\n')
  return Array.from({ length: Math.floor(all.length / LINES_OF_COMMIT) }, (_, index) => {
    const [head = '', author = '', summary = ''] = all.slice(index * LINES_OF_COMMIT)
    const [found = '', seconds] = head.split(' ')
    return { oid: found, author, authoredAt: new Date(Number(seconds) * 1_000), summary }
  })
}
