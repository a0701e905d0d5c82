import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from './errors.server.ts'

/** Socket paths are limited to 104 bytes (macOS) or 108 bytes (Linux), including a terminating zero. */
const MAX_BYTES = 103

/**
 * Calls `use` with a path to `folder/name` that is short enough for a socket: the path itself, or a path
 * through a symbolic link in the system's temporary folder that is removed afterwards.
 */
export async function withShortPath<T>(
  folder: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(folder, name)
  if (Buffer.byteLength(path) <= MAX_BYTES) return use(path)
  const temporary = await mkdtemp(join(tmpdir(), 'w-'))
  try {
    const short = join(temporary, 'd', name)
    if (Buffer.byteLength(short) > MAX_BYTES)
      throw new OperatorError(
        `The path of the data folder is too long for a socket (${Buffer.byteLength(path)} bytes)`,
        'Set DATA_DIR to a shorter path, or TMPDIR to a short one.',
      )
    await symlink(folder, join(temporary, 'd'))
    return await use(short)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
