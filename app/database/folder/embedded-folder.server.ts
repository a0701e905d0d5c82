import { constants, existsSync } from 'node:fs'
import { access, mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperatorError } from '#app/config/errors.server.ts'
import { closeAllToOthers, refuseForeignFolder } from './folder-access.server.ts'

const NEEDED_MB = 80
const NEW = 'postgres.new'

/** Returns the path of the embedded database in a data folder. */
export function databaseFolder(dataDir: string): string {
  return join(dataDir, 'postgres')
}

/** Returns true if a data folder contains a completely created database. */
export function hasDatabase(dataDir: string): boolean {
  return existsSync(databaseFolder(dataDir))
}

/**
 * Creates a data folder and its missing parents with access for the owner only; other processes may create
 * the same path concurrently. Node's `recursive` option loops forever on file systems that report an existing
 * parent as missing (/proc).
 *
 * @throws OperatorError if the folder exists and others own it or may enter it.
 */
export async function makeDataFolder(dataDir: string): Promise<void> {
  await makeWithParents(dataDir)
  await refuseForeignFolder(dataDir)
}

async function makeWithParents(path: string): Promise<void> {
  const refused = await makeFolder(path)
  if (!refused) return
  if (refused.code !== 'ENOENT') throw refused
  // Another process may have created the parent in the meantime, so a second attempt always follows.
  if (!existsSync(dirname(path))) await makeWithParents(dirname(path))
  const refusedAgain = await makeFolder(path)
  if (refusedAgain) throw refusedAgain
}

/** @returns the error that kept the folder from being created, or null. */
async function makeFolder(path: string): Promise<NodeJS.ErrnoException | null> {
  try {
    await mkdir(path, { mode: 0o700 })
    return null
  } catch (error) {
    const refused = error as NodeJS.ErrnoException
    return refused.code === 'EEXIST' && (await stat(path)).isDirectory() ? null : refused
  }
}

/**
 * Creates the database in a temporary subfolder and renames it when complete, so that a killed process or a
 * full disk leaves nothing that a later start would mistake for a database. The caller holds the folder's
 * lock.
 *
 * @param create fills an empty folder.
 */
export async function createDatabase(
  dataDir: string,
  create: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = join(dataDir, NEW)
  await makeDataFolder(dataDir)
  await rm(folder, { recursive: true, force: true })
  await refuseFullDisk(dataDir)
  try {
    await create(folder)
    await closeAllToOthers(folder)
    await rename(folder, databaseFolder(dataDir))
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Explains why a folder cannot be used: PGlite itself only reports that it failed. */
export async function explainFolder(
  dataDir: string,
  cause: NodeJS.ErrnoException,
): Promise<OperatorError> {
  if (cause instanceof OperatorError) return cause
  switch (await trouble(dataDir, cause)) {
    case 'full':
      return fullDisk(dataDir, cause)
    case 'no folder':
      return new OperatorError(
        `The data folder cannot be created: ${dataDir} or a part of its path is a file`,
        'Set DATA_DIR to a folder, or move the file away.',
        { cause },
      )
    case 'not writable':
      return new OperatorError(
        `The data folder ${dataDir} is not writable`,
        'Make the user that runs Whence its owner (chown), mount it writable, or set another DATA_DIR.',
        { cause },
      )
    case 'no sockets':
      return new OperatorError(
        `The disk of the data folder ${dataDir} cannot hold a socket`,
        'Set DATA_DIR to a folder on a local disk.',
        { cause },
      )
    default:
      return new OperatorError(
        `The embedded database in ${databaseFolder(dataDir)} cannot be opened (${cause.message})`,
        'It is damaged, or belongs to another version of Whence. Restore a backup, or move the folder away to start with an empty one.',
        { cause },
      )
  }
}

async function trouble(dataDir: string, cause: NodeJS.ErrnoException) {
  const code = cause.code ?? (await probeFolder(dataDir).then(() => undefined, codeOf))
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '53100') return 'full'
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'no folder'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOENT')
    return 'not writable'
  return code === 'ENOTSUP' || code === 'EOPNOTSUPP' ? 'no sockets' : 'damaged'
}

async function probeFolder(dataDir: string): Promise<void> {
  const file = join(dataDir, `.probe-${process.pid}`)
  try {
    await writeFile(file, Buffer.alloc(1_000_000))
  } finally {
    await rm(file, { force: true })
  }
  const folder = databaseFolder(dataDir)
  if (!existsSync(folder)) return
  for (const name of ['', ...(await readdir(folder))])
    await access(join(folder, name), constants.R_OK | constants.W_OK)
}

function codeOf(error: NodeJS.ErrnoException): string | undefined {
  return error.code
}

async function refuseFullDisk(dataDir: string): Promise<void> {
  const { bavail, bsize } = await statfs(dataDir)
  if ((bavail * bsize) / 1e6 < NEEDED_MB) throw fullDisk(dataDir)
}

function fullDisk(dataDir: string, cause?: Error): OperatorError {
  return new OperatorError(
    `The disk of the data folder ${dataDir} is full`,
    `Free some space (a new database needs ${NEEDED_MB} MB), or set DATA_DIR to a folder on another disk.`,
    { cause },
  )
}
