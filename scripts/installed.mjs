import { existsSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { explain, MendableError } from './failures.mjs'
import { assertWritable, ROOT, runStep } from './steps.mjs'

// npm writes this file as the last act of an installation, with what it really laid down.
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json')
const NEEDED_MB = 800
const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

export async function installPackages() {
  const lock = readLock()
  if (isInstalled(lock)) return
  assertWritable()
  if (!existsSync(join(ROOT, 'node_modules'))) assertSpace()
  // An installation that is cut short while it clears the old one must not look like a whole one.
  rmSync(INSTALLED, { force: true })
  const title = 'installing packages (npm ci)'
  const [npm, args] = npmCommand()
  // Named, because NODE_ENV=production in the environment would leave out what builds and tests need.
  const options = [
    '--ignore-scripts',
    '--prefer-offline',
    '--include=dev',
    '--loglevel=warn',
    '--no-audit',
    '--no-fund',
  ]
  const { code, output } = await runStep(title, npm, [...args, 'ci', ...options])
  // npm counts files that it could not unpack as warnings, and ends well.
  const whole = code === 0 && !output.includes('TAR_ENTRY_ERROR')
  if (whole) return
  rmSync(INSTALLED, { force: true })
  throw explain('npm ci', output, 'Correct what npm names above, then run the same command again.')
}

/** On a full disk npm tries for minutes before it gives up, so that is looked at first. */
function assertSpace() {
  const { bavail, bsize } = statfsSync(ROOT)
  const free = Math.floor((bavail * bsize) / 2 ** 20)
  if (free >= NEEDED_MB) return
  throw new MendableError(
    `The packages need about ${NEEDED_MB} MB, but the disk has only ${free} MB left.`,
    'Free some space, then run the same command again.',
  )
}

function readLock() {
  const mend = 'Restore it with `git checkout package.json package-lock.json`.'
  try {
    return JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') throw new MendableError('package-lock.json is missing.', mend)
    throw new MendableError(`package-lock.json cannot be read: ${error.message}`, mend)
  }
}

/** Whether node_modules holds exactly what the lock names (but for other platforms' packages). */
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
    // Absent or torn: either way nothing is known of node_modules, and it is laid down anew.
    return undefined
  }
}

/** npm as the caller runs it, or the one beside this Node, or the one on PATH. */
function npmCommand() {
  const beside = join(dirname(process.execPath), '..', 'lib/node_modules/npm/bin/npm-cli.js')
  const candidates = [process.env.npm_execpath, beside]
  const script = candidates.find(
    (path) => path && basename(path) === 'npm-cli.js' && existsSync(path),
  )
  return script ? [process.execPath, [script]] : ['npm', []]
}
