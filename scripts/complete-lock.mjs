// `npm run lock`: run it after every change of package-lock.json.
//
// A registry that only serves the binaries for its own users' platforms makes npm omit the others from the
// lock file, and `npm ci` then refuses that lock file everywhere. This script adds the missing entries from
// the exact versions that their parents pin and the platforms in their names, and asks the registry for each
// missing integrity hash, so that `npm ci` verifies what it installs on every platform.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './steps.mjs'

const SYSTEMS = /(android|darwin|freebsd|linux|netbsd|openbsd|openharmony|win32)/
const PROCESSORS = /(arm64|x64|ia32|loong64|ppc64|riscv64|s390x|wasm32|arm)/

function complete(packages) {
  const added = {}
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (isLocked(packages, path, name) || !/^\d/.test(version)) continue
      added[`node_modules/${name}`] = entry(name, version, parent)
    }
  }
  return added
}

/** Resolves a package as Node does: in the parent's own node_modules, then in each folder above it. */
function isLocked(packages, path, name) {
  if (packages[path ? `${path}/node_modules/${name}` : `node_modules/${name}`]) return true
  if (path === '') return false
  return isLocked(packages, path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name)
}

function entry(name, version, parent) {
  const platform = name.slice(name.indexOf('/') + 1)
  const system = SYSTEMS.exec(platform)?.[1]
  const processor = PROCESSORS.exec(platform)?.[1]
  const libc = system === 'linux' && /(musl|gnu)/.exec(platform)?.[1]
  return {
    version,
    ...(processor && { cpu: [processor] }),
    ...(parent.dev && { dev: true }),
    ...(libc && { libc: [libc === 'musl' ? 'musl' : 'glibc'] }),
    optional: true,
    ...(system && { os: [system] }),
  }
}

/** Returns the hash that the registry names for a package. */
function integrityOf(path, { name = path.slice(path.lastIndexOf('node_modules/') + 13), version }) {
  const args = ['view', `${name}@${version}`, 'dist.integrity', '--json']
  return JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }))
}

const path = join(ROOT, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8'))
const added = complete(lock.packages)
let hashed = 0
for (const [path, found] of Object.entries({ ...lock.packages, ...added })) {
  if (path === '' || found.integrity || found.link) continue
  found.integrity = integrityOf(path, found)
  hashed++
}
const entries = Object.entries({ ...lock.packages, ...added })
// npm's own order, so that its next write does not move these entries.
lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
console.log(
  `package-lock.json: added ${Object.keys(added).length} entries and ${hashed} integrity hashes`,
)
