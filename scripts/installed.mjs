import { existsSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { explain, HintedError } from './failures.mjs'
import { assertWritable, ROOT, runStep } from './steps.mjs'

// npm writes this file as the last step of an installation, with the packages that it actually installed.
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json')
const NEEDED_MB = 800
const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

export async function installPackages() {
  const lock = readLock()
  if (isInstalled(lock)) return
  assertWritable()
  if (!existsSync(join(ROOT, 'node_modules'))) assertSpace()
  // An installation that is interrupted while it removes the old one must not look complete.
  rmSync(INSTALLED, { force: true })
  const title = 'installing packages (npm ci)'
  const [npm, args] = npmCommand()
  // Explicit, because NODE_ENV=production in the environment would omit the packages for builds and tests.
  const options = [
    '--ignore-scripts',
    '--prefer-offline',
    '--include=dev',
    '--loglevel=warn',
    '--no-audit',
    '--no-fund',
  ]
  const { code, output } = await runStep(title, npm, [...args, 'ci', ...options])
  // npm reports files that it could not extract as warnings and exits with 0.
  const complete = code === 0 && !output.includes('TAR_ENTRY_ERROR')
  if (complete) return
  rmSync(INSTALLED, { force: true })
  throw explain('npm ci', output, 'Correct what npm names above, then run the same command again.')
}

/** Checks the disk space first, because on a full disk npm retries for minutes before it gives up. */
function assertSpace() {
  const { bavail, bsize } = statfsSync(ROOT)
  const free = Math.floor((bavail * bsize) / 2 ** 20)
  if (free >= NEEDED_MB) return
  throw new HintedError(
    `The packages need about ${NEEDED_MB} MB, but the disk has only ${free} MB left.`,
    'Free some space, then run the same command again.',
  )
}

function readLock() {
  const hint = 'Restore it with `git checkout package.json package-lock.json`.'
  try {
    return JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') throw new HintedError('package-lock.json is missing.', hint)
    throw new HintedError(`package-lock.json cannot be read: ${error.message}`, hint)
  }
}

/**
 * Returns true if node_modules contains exactly the packages of the lock file (except for other platforms).
 */
function isInstalled(lock) {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  if (!agrees(manifest, lock.packages[''])) return false
  const installed = readInstalled()
  if (!installed) return false
  const { '': _root, ...wanted } = lock.packages
  const names = Object.keys(wanted)
  if (Object.keys(installed).some((name) => !(name in wanted))) return false
  return names.every((name) => {
    const there = installed[name]
    if (!there) return wanted[name].optional === true
    return there.version === wanted[name].version && there.integrity === wanted[name].integrity
  })
}

function agrees(manifest, locked) {
  return GROUPS.every(
    (group) => JSON.stringify(sorted(manifest[group])) === JSON.stringify(sorted(locked[group])),
  )
}

function sorted(record = {}) {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}

function readInstalled() {
  try {
    return JSON.parse(readFileSync(INSTALLED, 'utf8')).packages
  } catch {
    // Missing or truncated: in both cases the state of node_modules is unknown, and it is installed again.
    return undefined
  }
}

/** Returns npm as run by the caller, or the one next to this Node, or the one on PATH. */
function npmCommand() {
  const beside = join(dirname(process.execPath), '..', 'lib/node_modules/npm/bin/npm-cli.js')
  const candidates = [process.env.npm_execpath, beside]
  const script = candidates.find(
    (path) => path && basename(path) === 'npm-cli.js' && existsSync(path),
  )
  return script ? [process.execPath, [script]] : ['npm', []]
}
