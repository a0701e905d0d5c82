import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { type Terminal, write } from '#server/folder/command-socket.ts'
import type { Services } from '#server/services/services.ts'

/** What a command is given, whether in a process of its own or in a server that runs it for another. */
export interface CommandContext extends Terminal {
  config: Config
  logger: Logger
  /** Those of the server that runs the command; null in a process of its own. */
  services: Services | null
}

/** A result, for stdout. */
export function print(terminal: Terminal, text: string): Promise<void> {
  return write(terminal.stdout, `${text}\n`)
}

/** Progress, for stderr. */
export function note(terminal: Terminal, text: string): Promise<void> {
  return write(terminal.stderr, `${text}\n`)
}
