import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './steps.mjs'

/**
 * A hash over the names and contents of files and whole folders. Contents and not times: a fresh
 * clone or a changed branch touches every time, and the few hundred files are read in some 30 ms.
 * A path that is missing counts as such, so that its coming and going changes the hash.
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
