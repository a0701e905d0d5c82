import type { Opened } from './resolve-commit.ts'
import { streamGit } from './run-git.ts'

/** A difference between two commits. */
export interface Patch {
  oid: string
  /** Null for a commit without parents. */
  base: string | null
}

/** Few enough to fit into a pipe that nobody reads yet. */
export const MOST_PATCHES = 200

/**
 * Returns git's patch ids by commit: equal for equal changes, wherever they are applied. Empty changes have none.
 *
 * @param patches at most `MOST_PATCHES`, with different commits.
 */
export async function patchIds(clone: Opened, patches: Patch[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  if (patches.length === 0) return found
  const args = ['diff-tree', '--stdin', '-p', '--no-renames', '--root']
  const diffs = streamGit({ ...clone, args })
  const ids = streamGit({ ...clone, args: ['patch-id', '--stable'] })
  try {
    await diffs.write(patches.map(({ oid, base }) => `${base ? `${oid} ${base}` : oid}\n`).join(''))
    const [, text] = await Promise.all([pass(diffs, ids), textOf(ids.stdout)])
    for (const line of text.split('\n')) {
      const [id, oid] = line.split(' ')
      if (id && oid) found.set(oid, id)
    }
    return found
  } finally {
    await Promise.all([diffs.stop(), ids.stop()])
  }
}

type Git = ReturnType<typeof streamGit>

async function pass(from: Git, to: Git): Promise<void> {
  const ended = from.end()
  ended.catch(() => undefined)
  for await (const part of from.stdout) await to.write(part)
  await ended
  await to.end()
}

async function textOf(stdout: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stdout) parts.push(part)
  return Buffer.concat(parts).toString('latin1')
}
