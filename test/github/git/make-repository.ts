import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { GivenFile } from './code.ts'
import { runGit } from './run-git.ts'

/** Creates an empty bare repository at `folder/owner/name.git` and returns its path. */
export function makeRepository(folder: string, name: string): string {
  const path = join(folder, `${name}.git`)
  mkdirSync(path, { recursive: true })
  runGit(path, ['init', '-q', '--bare', '-b', 'main'])
  return path
}

/**
 * Commits a tree of exactly these files to a branch, by default on top of it, and returns the commit's id.
 *
 * @param files by path. A `Map` takes paths as bytes.
 * @param parents replaces the branch's history.
 */
export function commitFiles(
  repository: string,
  files: Record<string, GivenFile> | Map<Buffer, GivenFile>,
  { branch = 'main', parents }: { branch?: string; parents?: string[] } = {},
): string {
  const ref = `refs/heads/${branch}`
  const before = runGit(repository, ['for-each-ref', '--format=%(objectname)', ref])
  const entries = files instanceof Map ? [...files] : Object.entries(files)
  const stream = [
    `commit ${ref}\ncommitter Ada <ada@example.com> 1767607200 +0000\ndata 8\nChange.\n\n`,
    ...(parents ?? (before ? [before] : [])).map((id, at) => `${at ? 'merge' : 'from'} ${id}\n`),
    'deleteall\n',
    ...entries.flatMap(([path, file]) => entryOf(Buffer.from(path), file)),
    '\n',
  ]
  const input = Buffer.concat(stream.map((part) => Buffer.from(part as string)))
  runGit(repository, ['fast-import', '--quiet', '--force'], input)
  return runGit(repository, ['rev-parse', '--verify', ref])
}

function entryOf(path: Buffer, file: GivenFile): (string | Buffer)[] {
  const whole = typeof file === 'string' || Buffer.isBuffer(file) ? null : file
  const content = Buffer.from(whole ? whole.content : (file as string | Buffer))
  if (whole?.mode === '160000') return [`M 160000 ${whole.content} `, quote(path), '\n']
  const head = `M ${whole?.mode ?? '100644'} inline `
  return [head, quote(path), `\ndata ${content.length}\n`, content, '\n']
}

/** Quotes a path as fast-import reads it: every byte that is not plain is written in octal. */
function quote(path: Buffer): string {
  const letters = [...path].map((byte) =>
    /[\w./-]/.test(String.fromCharCode(byte)) && byte < 128
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  )
  return `"${letters.join('')}"`
}
