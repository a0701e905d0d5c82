import type { Opened } from './resolve-commit.ts'
import { streamGit } from './run-git.ts'

/** A difference between two commits. */
export interface Patch {
  oid: string
  /** Null for a commit without parents. */
  base: string | null
}

/** Patches that a call takes at most: their ids are kept in memory. */
export const MOST_PATCHES = 2_000
/** Lines that are written at once. */
const WRITTEN = 200

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
    const [text] = await Promise.all([textOf(ids.stdout), pass(diffs, ids), ask(diffs, patches)])
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

async function ask(diffs: Git, patches: Patch[]): Promise<void> {
  const lines = patches.map(({ oid, base }) => `${base ? `${oid} ${base}` : oid}\n`)
  for (let at = 0; at < lines.length; at += WRITTEN)
    await diffs.write(lines.slice(at, at + WRITTEN).join(''))
  await diffs.end()
}

async function pass(from: Git, to: Git): Promise<void> {
  for await (const part of from.stdout) await to.write(part)
  await to.end()
}

async function textOf(stdout: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stdout) parts.push(part)
  return Buffer.concat(parts).toString('latin1')
}
