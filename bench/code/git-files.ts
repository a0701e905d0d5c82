import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceFile } from '#app/code/chunks/shapes.ts'

export const MB = 1_048_576

/** Reads the files of the newest commit. @param folder a clone, or a bare git repository. */
export function readFiles(folder: string): SourceFile[] {
  const gitDir = existsSync(join(folder, '.git')) ? join(folder, '.git') : folder
  const git = (args: string[], input?: string) =>
    execFileSync('git', [`--git-dir=${gitDir}`, ...args], { input, maxBuffer: 4_096 * MB })
  const tree = git(['ls-tree', '-rz', 'HEAD']).toString()
  const entries = tree.split('\0').flatMap((line) => {
    const [, oid, path] = /^100\d+ blob (\w+)\t(.*)$/s.exec(line) ?? []
    return oid && path ? [{ oid, path }] : []
  })
  const all = git(['cat-file', '--batch'], entries.map(({ oid }) => `${oid}\n`).join(''))
  let at = 0
  return entries.flatMap(({ path }) => {
    const end = all.indexOf('\n', at)
    const size = Number(all.toString('utf8', at, end).split(' ')[2])
    if (Number.isNaN(size)) {
      at = end + 1
      return []
    }
    at = end + 1 + size + 1
    return [{ path, bytes: Uint8Array.from(all.subarray(end + 1, end + 1 + size)) }]
  })
}
