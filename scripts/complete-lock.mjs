// `npm run lock`: run it after every change of package-lock.json.
//
// A registry that only serves the binaries for its own users' platforms makes npm omit the others from the
// lock file, and `npm ci` then refuses that lock file everywhere. This script adds the missing entries from
// the exact versions that their parents pin and the platforms in their names. The entries have no integrity
// hash; npm skips those of other platforms without requesting them.
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

const path = join(ROOT, 'package-lock.json')
const lock = JSON.parse(readFileSync(path, 'utf8'))
const added = complete(lock.packages)
const entries = Object.entries({ ...lock.packages, ...added })
// npm's own order, so that its next write does not move these entries.
lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${Object.keys(added).length} entries were added to package-lock.json`)
