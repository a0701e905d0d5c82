import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clone, readClone } from '#app/code/git/read-clone.ts'
import { commitFiles, makeRepository } from '#test/github/git/make-repository.ts'
import { runGit } from '#test/github/git/run-git.ts'

type Files = Record<string, string>

export interface GitHistory {
  /** Bare. */
  folder: string
  clone: Clone
  /** Commits a whole tree, to which no ref leads yet. */
  commit(files: Files, parents: string[], message?: string): string
  /** Points the default branch to a commit. */
  setMain(oid: string): void
  /** Points the head of a pull request to a commit, as GitHub does. */
  setHead(number: number, oid: string): void
  remove(): void
}

/** Makes a repository whose commits a test writes one by one. */
export function makeHistory(): GitHistory {
  const root = mkdtempSync(join(tmpdir(), 'whence-history-'))
  const folder = makeRepository(root, 'acme/engine')
  const setRef = (ref: string, oid: string) => void runGit(folder, ['update-ref', ref, oid])
  const limits = { treeEntries: 1_000, blobBytes: 100_000 }
  return {
    folder,
    clone: readClone(folder, limits, new AbortController().signal),
    commit(files, parents, message = 'Change.') {
      const made = commitFiles(folder, files, { branch: 'tests/new', parents: [] })
      const tree = `${made}^{tree}`
      const args = parents.flatMap((parent) => ['-p', parent])
      return runGit(folder, ['commit-tree', tree, ...args, '-m', message])
    },
    setMain: (oid) => setRef('refs/heads/main', oid),
    setHead: (number, oid) => setRef(`refs/pull/${number}/head`, oid),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
