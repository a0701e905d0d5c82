import { OperatorError } from '#app/config/errors.server.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import { print } from './context.ts'

/** What the doctor found out about one part of Whence. */
export interface Finding {
  level: 'ok' | 'warn' | 'fail'
  says: string
  mend?: string
}

/** One line, and one more for the mend. @returns the exit code that the finding asks for. */
export async function report(
  terminal: Terminal,
  part: string,
  { level, says, mend }: Finding,
): Promise<number> {
  await print(terminal, `${level.padEnd(5)} ${part.padEnd(12)} ${says}`)
  if (mend) await print(terminal, `${' '.repeat(19)}${mend}`)
  return level === 'fail' ? 1 : 0
}

/** What an error that has a mend says of the part that it came from. */
export function failure(error: unknown): Finding {
  if (!(error instanceof OperatorError)) throw error
  return { level: 'fail', says: error.message, mend: error.mend }
}
