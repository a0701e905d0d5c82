import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Returns the paths of all files in a folder, if there is one. Files and folders may come and go meanwhile. */
export async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const entry of await readEntries(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesIn(path)
    else yield path
  }
}

/** Returns the bytes of all files in a folder. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0
  for await (const path of filesIn(folder)) bytes += await fileBytes(path)
  return bytes
}

async function readEntries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    return ifGone(error, [])
  }
}

async function fileBytes(path: string): Promise<number> {
  try {
    return (await lstat(path)).size
  } catch (error) {
    return ifGone(error, 0)
  }
}

function ifGone<T>(error: unknown, value: T): T {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value
  throw error
}
