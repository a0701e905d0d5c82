import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './steps.mjs'

/**
 * Returns a hash of the names and contents of files and whole folders. Contents rather than timestamps,
 * because a fresh clone or a branch switch changes every timestamp; reading the few hundred files takes about
 * 30 ms. A missing path is part of the hash, so that creating or deleting it changes the hash.
 */
export function fingerprint(paths, skip = []) {
  const hash = createHash('sha256')
  for (const path of paths) addPath(hash, path, new Set(skip))
  return hash.digest('hex')
}

function addPath(hash, path, skip) {
  if (skip.has(path)) return
  const stats = statSync(join(ROOT, path), { throwIfNoEntry: false })
  if (!stats) {
    hash.update(`missing ${path}\n`)
  } else if (stats.isDirectory()) {
    for (const name of readdirSync(join(ROOT, path)).sort()) addPath(hash, `${path}/${name}`, skip)
  } else {
    hash.update(`file ${path} ${stats.size}\n`)
    hash.update(readFileSync(join(ROOT, path)))
  }
}
