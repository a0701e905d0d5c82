import type { Config } from '#app/config/env.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { terminalText } from '#app/config/terminal-text.ts'
import { type Terminal, write } from '#server/folder/command-socket.ts'
import type { Services } from '#server/services/services.ts'

/** The context of a command, in its own process or in a server that runs it for another process. */
export interface CommandContext extends Terminal {
  config: Config
  logger: Logger
  /** The services of the server that runs the command; null in its own process. */
  services: Services | null
}

/** Writes a result to stdout. */
export function print(terminal: Terminal, text: string): Promise<void> {
  return write(terminal.stdout, `${terminalText(text)}\n`)
}

/** Writes progress to stderr. */
export function note(terminal: Terminal, text: string): Promise<void> {
  return write(terminal.stderr, `${terminalText(text)}\n`)
}
