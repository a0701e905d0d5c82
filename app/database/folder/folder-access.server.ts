/** Keeps other users of the machine out of the data folder, as PostgreSQL and ssh do with theirs. */
import type { Stats } from 'node:fs'
import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '#app/config/errors.server.ts'

/** Entering and changing, for the group and for others. */
const LOOSE = 0o033

/** @throws OperatorError if an existing folder belongs to somebody else, or others may enter or change it. */
export async function refuseForeignFolder(folder: string): Promise<void> {
  const found = await statOrNull(folder)
  if (!found?.isDirectory()) return
  if (!isOwn(found)) throw foreign(folder)
  if ((found.mode & LOOSE) !== 0)
    throw new OperatorError(
      `Other users may enter or change the data folder ${folder}`,
      `Run \`chmod 700 ${folder}\`, or set DATA_DIR to a folder that does not exist yet.`,
    )
}

/**
 * Takes the access to an own folder away from others.
 *
 * @throws OperatorError if it belongs to somebody else.
 */
export async function closeToOthers(folder: string): Promise<void> {
  const found = await stat(folder)
  if (!isOwn(found)) throw foreign(folder)
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700)
}

/** Does so with all that is in it, too: PGlite unpacks its files with modes that ignore the umask. */
export async function closeAllToOthers(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries)
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o700 : 0o600)
  await closeToOthers(folder)
}

/** Returns true if this process runs as the owner. Windows has no such owners. */
export function isOwn({ uid }: Pick<Stats, 'uid'>): boolean {
  return process.geteuid === undefined || uid === process.geteuid()
}

function foreign(folder: string): OperatorError {
  return new OperatorError(
    `The data folder ${folder} belongs to another user`,
    'Run Whence as that user, make the user that runs Whence its owner (chown), or set another DATA_DIR.',
  )
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
