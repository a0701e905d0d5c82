/**
 * The lock of a clone against other processes on this machine: a listening socket, which the kernel closes
 * when its process dies. A process creates its socket first and looks for others afterwards; of two, the one
 * that looks last sees the other, so at most one finds itself alone. If both see each other, both step back for
 * a random time. A socket that refuses connections is dead, and its name is never used again, so anyone may
 * remove it.
 */
import { randomBytes } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withShortPath } from '#app/config/short-path.ts'

const LONGEST_STEP_BACK_MS = 100
const POLL_MS = 200
const ATTEMPTS_FOR_ONE = 5

export type CloneLock = { release(): Promise<void> }

/** Waits for the lock of a clone. */
export async function takeLock(
  folder: string,
  key: string,
  signal: AbortSignal,
): Promise<CloneLock> {
  for (;;) {
    signal.throwIfAborted()
    const lock = await tryLock(folder, key)
    if (lock) return lock
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** Returns the lock of a clone, or null if somebody else holds it. */
export async function tryLock(folder: string, key: string): Promise<CloneLock | null> {
  for (let attempt = 1; attempt <= ATTEMPTS_FOR_ONE; attempt++) {
    if (await isTaken(folder, key, null)) return null
    const own = await listen(folder, key)
    try {
      if (!(await isTaken(folder, key, own.name))) return own
    } catch (error) {
      await own.release()
      throw error
    }
    await own.release()
    await sleep(Math.random() * LONGEST_STEP_BACK_MS)
  }
  return null
}

async function listen(folder: string, key: string): Promise<CloneLock & { name: string }> {
  const name = `${key}.${process.pid}-${randomBytes(8).toString('hex')}.sock`
  const server = createServer((socket) => socket.destroy())
  // Renamed only when it listens: a named socket that refuses connections is dead.
  await withShortPath(folder, `.${name}`, (path) => startListening(server, path))
  await rename(join(folder, `.${name}`), join(folder, name))
  return {
    name,
    async release() {
      await rm(join(folder, name), { force: true })
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function startListening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

/** Returns true if a live process has a socket for the clone, except the socket `own`. */
async function isTaken(folder: string, key: string, own: string | null): Promise<boolean> {
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(`${key}.`) && name.endsWith('.sock') && name !== own,
  )
  for (const name of names) if (await isAlive(folder, name)) return true
  return false
}

async function isAlive(folder: string, name: string): Promise<boolean> {
  const refusal = await withShortPath(folder, name, tryConnect)
  if (refusal === 'ECONNREFUSED') await rm(join(folder, name), { force: true })
  return refusal !== 'ECONNREFUSED' && refusal !== 'ENOENT'
}

/** @returns the code of the error, or null. A process that accepts nothing in time is alive all the same. */
function tryConnect(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
    socket.once('connect', () => {
      socket.destroy()
      resolve(null)
    })
  })
}
