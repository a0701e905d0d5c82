import { createHash } from 'node:crypto'
import type { ChangedFile } from '#app/archive/pull-shapes.ts'

export interface LinkedFile extends ChangedFile {
  /** Its page here, or else its place in the list on GitHub. */
  href: string
}

/**
 * Adds an address to each changed file.
 *
 * @param pages addresses of the files that have a page here, by path.
 */
export function linkFiles(
  files: ChangedFile[],
  { url, pages }: { url: string; pages: Map<string, string> },
): LinkedFile[] {
  return files.map((file) => ({ ...file, href: pages.get(file.path) ?? onGitHub(url, file.path) }))
}

/** GitHub names the place of a file by the hash of its path. */
function onGitHub(url: string, path: string): string {
  return `${url}/files#diff-${createHash('sha256').update(path).digest('hex')}`
}
