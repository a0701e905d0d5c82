/**
 * The lock of an embedded data folder: PGlite must have it for itself.
 *
 * Who wants the folder puts a listening socket into it (a candidate), and only then looks at all other
 * sockets there. Of two processes, whichever put its socket there last sees the other one, so at most
 * one finds itself alone, and that one has the folder. Two candidates that see each other: the one of
 * the greater name takes its socket away, and looks again a little later.
 *
 * A process that dies, however, has a socket that refuses connections; names are never used twice, so
 * removing such a socket can hurt nobody. Locks hold among the processes of one kernel: a folder on a
 * network disk is not safe from another machine.
 */
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandRunner, serveCommands } from './command-socket.ts'
import {
  type Hello,
  listenInFolder,
  lookAround,
  type Neighbour,
  PROTOCOL,
} from './folder-sockets.ts'

const LOOK_AGAIN_MS = 30

export interface FolderLock {
  /** From now on runs the commands of other processes. */
  serve(address: string, run: CommandRunner): void
  /** Tells the commands of others to end, and waits for them; before the database is closed. */
  stopServing(): Promise<void>
  /** Lets the folder go; after the database is closed. */
  release(): Promise<void>
}

export interface Self {
  /** What this process does with the folder, for the messages of others. */
  command: string
  version: string
}

/** @returns the lock, or who has it. The folder must exist. */
export async function takeFolder(
  folder: string,
  self: Self,
): Promise<{ lock: FolderLock } | { holder: Neighbour }> {
  let own: Candidate | null = null
  try {
    for (;;) {
      const others = await lookAround(folder, own?.name ?? null)
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
      await sleep(LOOK_AGAIN_MS)
    }
  } catch (error) {
    await own?.lock.release()
    throw error
  }
}

interface Candidate {
  name: string
  hello: Hello
  lock: FolderLock
}

/** Puts a socket into the folder that says who we are to all who connect. */
async function stand(folder: string, self: Self): Promise<Candidate> {
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
