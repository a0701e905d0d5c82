import { OperatorError } from '#app/config/errors.server.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import { print } from './context.ts'

/** The result of the doctor's check of one part of Whence. */
export interface Finding {
  level: 'ok' | 'warn' | 'fail'
  message: string
  hint?: string
}

/** Prints one line, and another for the hint. @returns the exit code that the finding requires. */
export async function report(
  terminal: Terminal,
  part: string,
  { level, message, hint }: Finding,
): Promise<number> {
  await print(terminal, `${level.padEnd(5)} ${part.padEnd(12)} ${message}`)
  if (hint) await print(terminal, `${' '.repeat(19)}${hint}`)
  return level === 'fail' ? 1 : 0
}

/** Converts an error to a finding, with its hint if it has one. */
export function failure(error: unknown): Finding {
  if (!(error instanceof OperatorError)) throw error
  return { level: 'fail', message: error.message, hint: error.hint }
}
