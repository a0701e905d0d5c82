/**
 * The lock of an embedded data folder, which PGlite must use exclusively.
 *
 * A process that wants the lock creates a listening socket in the folder (a candidate) and only then connects
 * to all other sockets there. Of two processes, the one that created its socket last sees the other, so at
 * most one finds itself alone, and that one holds the lock. If two candidates see each other, the one with
 * the greater name removes its socket and retries a little later.
 *
 * The socket of a dead process refuses connections. Names are never reused, so removing such a socket is
 * safe. The lock works among processes of one kernel: it does not protect a folder on a network disk from
 * other machines.
 */
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandRunner, serveCommands } from './command-socket.ts'
import {
  findPeers,
  type Hello,
  listenInFolder,
  type Neighbour,
  PROTOCOL,
} from './folder-sockets.ts'

const POLL_MS = 30

export interface FolderLock {
  /** Starts running commands for other processes. */
  serve(address: string, run: CommandRunner): void
  /** Aborts the commands of other processes and waits for them. Called before the database is closed. */
  stopServing(): Promise<void>
  /** Releases the lock. Called after the database is closed. */
  release(): Promise<void>
}

export interface Self {
  /** The command that this process runs, for messages in other processes. */
  command: string
  version: string
}

/** @returns the lock, or its current holder. The folder must exist. */
export async function takeFolder(
  folder: string,
  self: Self,
): Promise<{ lock: FolderLock } | { holder: Neighbour }> {
  let own: LockCandidate | null = null
  try {
    for (;;) {
      const others = await findPeers(folder, own?.name ?? null)
      const holder = others.find(({ state }) => state !== 'candidate')
      if (holder) {
        await own?.lock.release()
        return { holder }
      }
      if (!own) {
        own = await stand(folder, self)
        continue
      }
      if (others.length === 0) {
        own.hello.state = 'busy'
        return { lock: own.lock }
      }
      const first = own.name
      if (others.some(({ name }) => name < first)) {
        await own.lock.release()
        own = null
      }
      await sleep(POLL_MS)
    }
  } catch (error) {
    await own?.lock.release()
    throw error
  }
}

interface LockCandidate {
  name: string
  hello: Hello
  lock: FolderLock
}

/** Creates a socket in the folder that identifies this process to every client. */
async function stand(folder: string, self: Self): Promise<LockCandidate> {
  const hello: Hello = {
    ...self,
    protocol: PROTOCOL,
    pid: process.pid,
    state: 'candidate',
    address: null,
  }
  const server = createServer()
  const commands = serveCommands(server, hello)
  const name = await listenInFolder(server, folder)
  return {
    name,
    hello,
    lock: {
      serve(address, run) {
        commands.open(run)
        Object.assign(hello, { state: 'serving', address })
      },
      async stopServing() {
        hello.state = 'busy'
        await commands.stop()
      },
      async release() {
        const closed = closeServer(server)
        commands.hangUp()
        await closed
        await rm(join(folder, name), { force: true })
      },
    },
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
