import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorError } from '#app/config/errors.server.ts'
import {
  explainFolder,
  hasDatabase,
  makeDataFolder,
} from '#app/database/folder/embedded-folder.server.ts'
import { refuseForeignFolder } from '#app/database/folder/folder-access.server.ts'
import { sendCommand } from '#server/folder/command-socket.ts'
import { type FolderLock, takeFolder } from '#server/folder/folder-lock.ts'
import { findPeers, type Neighbour } from '#server/folder/folder-sockets.ts'
import { type CommandContext, note } from './context.ts'
import { VERSION } from './version.ts'

const TIMEOUT_MS = 60_000
const POLL_MS = 100

export interface FolderEntry {
  /** The command line, as sent to a running server. */
  argv: string[]
  command: string
  /** True if the command may create a missing folder. */
  create: boolean
}

/**
 * Runs a command where it can access the data: in this process on the external profile or inside a server; on
 * the embedded profile in the server that holds the folder's lock, or here after taking the lock.
 */
export async function runAtData(
  context: CommandContext,
  entry: FolderEntry,
  run: () => Promise<number>,
): Promise<number> {
  if (context.services || context.config.profile.kind === 'external') return run()
  const folder = context.config.DATA_DIR
  for (;;) {
    const entered = await enterFolder(context, entry, ({ state }) => state === 'serving')
    if ('lock' in entered) {
      try {
        return await run()
      } finally {
        await entered.lock.release()
      }
    }
    try {
      return await sendCommand(folder, entered.holder.name, entry.argv, context)
    } catch (error) {
      // The server ended between the check and the call: check again.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ECONNREFUSED' && code !== 'ENOENT') throw error
    }
  }
}

/**
 * Takes the lock of the data folder, or waits up to a minute while another process holds it.
 *
 * @param settles returns true for a holder that ends the wait.
 */
export async function enterFolder(
  context: CommandContext,
  entry: Pick<FolderEntry, 'command' | 'create'>,
  settles: (holder: Neighbour) => boolean,
): Promise<{ lock: FolderLock } | { holder: Neighbour }> {
  const folder = context.config.DATA_DIR
  const deadline = Date.now() + TIMEOUT_MS
  let isAnnounced = false
  try {
    // Before anything in the folder is believed.
    await refuseForeignFolder(folder)
    if (!entry.create) await refuseMissing(folder)
    await makeDataFolder(folder)
    for (;;) {
      context.signal.throwIfAborted()
      const taken = await takeFolder(folder, { command: entry.command, version: VERSION })
      if ('lock' in taken || settles(taken.holder)) return taken
      if (Date.now() > deadline) throw inUse(folder, taken.holder)
      if (!isAnnounced) await note(context, `Waiting for ${holderName(taken.holder)} to finish`)
      isAnnounced = true
      await sleep(POLL_MS)
    }
  } catch (error) {
    context.signal.throwIfAborted()
    throw await explainFolder(folder, error as NodeJS.ErrnoException)
  }
}

async function refuseMissing(folder: string): Promise<void> {
  if (hasDatabase(folder) || (await findPeers(folder, null)).length > 0) return
  throw new OperatorError(
    `There is no Whence data in ${folder}`,
    'Create it with `npm start` or `whence migrate`, or set DATA_DIR to the folder that has it.',
  )
}

/** Returns the error for a data folder that another process is using. */
export function inUse(folder: string, holder: Neighbour): OperatorError {
  const address = holder.address ? ` at ${holder.address}` : ''
  return new OperatorError(
    `The data folder ${folder} is in use by ${holderName(holder)}${address}`,
    'Use that process, stop it first, or set DATA_DIR to another folder.',
  )
}

function holderName({ command, pid }: Neighbour): string {
  return command ? `\`whence ${command}\` (pid ${pid})` : `process ${pid}, which does not answer,`
}
