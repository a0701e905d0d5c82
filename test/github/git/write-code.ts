import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type { Code } from './code.ts'
import { wholeObject } from './objects.ts'

// As on GitHub, a commit can be fetched by its id after its branch has moved on.
const CONFIG = `[core]
	repositoryformatversion = 0
	bare = true
[uploadpack]
	allowAnySHA1InWant = true
`

/**
 * Brings a bare repository on disk up to date with the code. Objects come before the refs that lead to them, so
 * that whoever reads meanwhile finds a whole repository.
 */
export function writeCode(folder: string, code: Code, defaultBranch: string): void {
  for (const name of ['refs', 'objects']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'config'), CONFIG)
  for (const object of code.objects.values()) {
    const place = join(folder, 'objects', object.oid.slice(0, 2))
    const path = join(place, object.oid.slice(2))
    if (existsSync(path)) continue
    mkdirSync(place, { recursive: true })
    replaceFile(path, deflateSync(wholeObject(object)))
  }
  const refs = [...code.refs].sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = ['# pack-refs with: peeled fully-peeled sorted ']
  for (const [name, oid] of refs) lines.push(`${oid} ${name}`)
  replaceFile(join(folder, 'packed-refs'), `${lines.join('\n')}\n`)
  replaceFile(join(folder, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`)
}

function replaceFile(path: string, content: string | Buffer): void {
  writeFileSync(`${path}.new`, content)
  renameSync(`${path}.new`, path)
}
