import { pathText } from '../git/path-text.ts'
import type { Opened } from '../git/resolve-commit.ts'
import { readOutput } from '../git/run-git.ts'

/** What became of a file that is not there any more. */
interface LastChange {
  /** The commit that took it away. */
  oid: string
  at: Date
  /** Its new path, see `pathText`; null if it was deleted. */
  movedTo: string | null
}

/** Returns what became of a file that a commit does not have; null if it never was there. */
export async function findLastChange(
  clone: Opened,
  { oid, name }: { oid: string; name: string },
): Promise<LastChange | null> {
  const log = ['--literal-pathspecs', 'log', '-1', '--format=%H %ct', '--no-show-signature']
  const [line = ''] = (await read(clone, [...log, oid, '--', name])).toString().split('\n')
  const [taken, seconds] = line.split(' ')
  if (!taken) return null
  const args = ['diff-tree', '-r', '-z', '-M', '-m', '--first-parent', '--name-status']
  const fields = (await read(clone, [...args, '--no-commit-id', '--diff-filter=R', taken]))
    .toString('latin1')
    .split('\0')
  // Of each rename: `R` and how alike they are, the old path, and the new one.
  const old = Buffer.from(name).toString('latin1')
  const at = fields.findIndex((field, index) => index % 3 === 1 && field === old)
  const moved = at < 0 ? undefined : fields[at + 1]
  return {
    oid: taken,
    at: new Date(Number(seconds) * 1_000),
    movedTo: moved === undefined ? null : pathText(Buffer.from(moved, 'latin1')),
  }
}

async function read(clone: Opened, args: string[]): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of readOutput({ ...clone, args })) parts.push(part)
  return Buffer.concat(parts)
}
