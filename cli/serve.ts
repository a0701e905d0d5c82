import { OperatorError } from '#app/config/errors.server.ts'
import { findOllama } from '#app/embeddings/providers/find-ollama.ts'
import { providerName } from '#app/embeddings/providers/resolve-provider.ts'
import type { CommandRunner } from '#server/folder/command-socket.ts'
import type { FolderLock } from '#server/folder/folder-lock.ts'
import { type Listening, listen } from '#server/listen.ts'
import { openServices, type Services } from '#server/services/services.ts'
import { startPipeline } from '#server/services/start-pipeline.ts'
import { aborted, planShutdown } from '#server/shutdown.ts'
import { type CommandContext, note, print } from './context.ts'
import { enterFolder, inUse } from './enter-folder.ts'
import { welcome } from './welcome.ts'

/** Time limit for work in flight at shutdown, in milliseconds. */
export const SHUTDOWN_MS = 20_000

/** Starts the web server; resolves when it accepts requests. */
export type Listen = (services: Services) => Promise<Listening & { operatorLink: string | null }>

export interface ServeOptions {
  work: boolean
  migrate: boolean
  listen: Listen
  /** Runs the commands that other processes send to the server of the embedded folder. */
  runCommand: (services: Services) => CommandRunner
}

/**
 * Runs the web server and, always on the embedded profile, workers in the same process, since no other
 * process can access the embedded database. Ends when the context's signal is aborted.
 */
export async function serve(context: CommandContext, options: ServeOptions): Promise<number> {
  const { config, logger, signal } = context
  if (context.services) throw alreadyServing()
  const embedded = config.profile.kind === 'embedded'
  const shutdown = planShutdown(logger, SHUTDOWN_MS)
  try {
    const lock = embedded ? await lockFolder(context, options.migrate) : null
    if (lock) shutdown.add('folder', lock.release)
    // Checks the port first: a conflict shows at once, while creating a database takes seconds.
    if (config.PORT !== 0) await (await listen(() => {}, config)).close()
    const services = await openServices(config, logger, options)
    shutdown.add('services', services.close)
    if (embedded || options.work) {
      const workers = await startPipeline(services)
      shutdown.add('workers', workers.close)
    }
    const web = await options.listen(services)
    shutdown.add('web', web.close)
    lock?.serve(web.url, options.runCommand(services))
    if (lock) shutdown.add('commands', lock.stopServing)
    // A provider that was chosen, also `hash` or `none`, is not questioned.
    const isOpen = config.EMBEDDING_PROVIDER === 'auto' && providerName(config) === 'hash'
    const offered = isOpen ? await findOllama() : null
    for (const line of welcome(config, web, offered)) await print(context, line)
    await aborted(signal)
    await note(context, 'Stopping: finishing the current work first')
  } catch (error) {
    await shutdown.run()
    if (signal.aborted) return 0
    throw error
  }
  return (await shutdown.run()) ? 0 : 1
}

async function lockFolder(context: CommandContext, create: boolean): Promise<FolderLock> {
  const entry = { command: 'serve', create }
  // Commands end on their own, so they are waited for; a server does not.
  const entered = await enterFolder(
    context,
    entry,
    ({ command }) => command === 'serve' || !command,
  )
  if ('lock' in entered) return entered.lock
  throw inUse(context.config.DATA_DIR, entered.holder)
}

function alreadyServing(): OperatorError {
  return new OperatorError(
    'A server cannot start inside another server',
    'Run this command in its own process.',
  )
}
