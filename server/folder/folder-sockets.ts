/** The sockets of a data folder: creates one, and identifies the processes behind the others. */
import { randomBytes } from 'node:crypto'
import { lstat, readdir, rename, rm } from 'node:fs/promises'
import { connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { withShortPath } from '#app/config/short-path.ts'
import { isOwn } from '#app/database/folder/folder-access.server.ts'
import { readJsonLines } from './json-lines.ts'

/** Increased when versions of Whence become incompatible on the socket. */
export const PROTOCOL = 1

const NAME = /^whence-(\d+)-[0-9a-f]{16}\.sock$/
const ANSWER_MS = 5_000

/** The first line that a socket sends to every client. */
const hello = z.object({
  protocol: z.number(),
  version: z.string(),
  pid: z.number(),
  command: z.string(),
  /** candidate: wants the lock; busy: holds it; serving: holds it and runs commands for others. */
  state: z.enum(['candidate', 'busy', 'serving']),
  address: z.string().nullable(),
})
export type Hello = z.infer<typeof hello>

/** A live process with a socket in the folder. */
export interface Neighbour extends Hello {
  /** Name of its socket. */
  name: string
}

/**
 * Listens on a socket with a unique name. The socket is renamed to that name only after it listens, so a
 * named socket that refuses connections is dead and may be removed by anyone.
 *
 * @returns the name.
 */
export async function listenInFolder(server: Server, folder: string): Promise<string> {
  const name = `whence-${process.pid}-${randomBytes(8).toString('hex')}.sock`
  const hidden = `.${name}`
  await withShortPath(folder, hidden, (path) => listenOnSocket(server, path))
  await rename(join(folder, hidden), join(folder, name))
  return name
}

function listenOnSocket(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // The socket file is created within this call, so at no time can other users open it.
    const umask = process.umask(0o177)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(umask)
    }
  })
}

/**
 * Connects to a socket in the folder.
 *
 * @throws ForeignSocketError if somebody else has made it: what it says is not to be believed.
 */
export async function connectInFolder(folder: string, name: string): Promise<Socket> {
  if (!isOwn(await lstat(join(folder, name)))) throw new ForeignSocketError(`${name} is not ours`)
  return withShortPath(
    folder,
    name,
    (path) =>
      new Promise((resolve, reject) => {
        const socket = connect(path)
        socket.once('error', reject)
        socket.once('connect', () => {
          socket.off('error', reject)
          resolve(socket)
        })
      }),
  )
}

class ForeignSocketError extends Error {
  override name = 'ForeignSocketError'
}

/** Returns the live processes of this user in the folder except the socket `own`; removes the sockets of dead ones. */
export async function findPeers(folder: string, own: string | null): Promise<Neighbour[]> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = entries.filter((name) => NAME.test(name) && name !== own)
  return (await Promise.all(names.map((name) => greet(folder, name)))).filter((found) => !!found)
}

async function greet(folder: string, name: string, attempt = 1): Promise<Neighbour | null> {
  try {
    const socket = await connectInFolder(folder, name)
    try {
      return { ...(await readHello(socket, readJsonLines(socket))), name }
    } finally {
      socket.destroy()
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || error instanceof ForeignSocketError) return null
    if (code === 'ECONNREFUSED') {
      await rm(join(folder, name), { force: true })
      return null
    }
    // The process may have died between accepting and responding; then the next connection is refused.
    if (attempt === 3 || error instanceof SilenceError) return silent(name)
    await sleep(20)
    return greet(folder, name, attempt + 1)
  }
}

class SilenceError extends Error {
  override name = 'SilenceError'
}

/** Reads the hello of a connection; gives up on a process that hangs. */
export async function readHello(socket: Socket, lines: AsyncGenerator<unknown>): Promise<Hello> {
  socket.on('error', () => {})
  const limit = setTimeout(() => socket.destroy(new SilenceError('no answer')), ANSWER_MS)
  try {
    return hello.parse((await lines.next()).value)
  } finally {
    clearTimeout(limit)
  }
}

/** A process that accepts connections without identifying itself is alive and counts as the holder. */
function silent(name: string): Neighbour {
  const pid = Number(NAME.exec(name)?.[1])
  return { name, pid, protocol: PROTOCOL, version: '', command: '', state: 'busy', address: null }
}
