import { type Logger, pino } from 'pino'
import { readableLine } from './readable-log.ts'
import { hideInLine } from './secrets.ts'

export type { Logger }

/** What decides how log lines look. */
interface Surroundings {
  stdout: { isTTY?: boolean }
  stderr: { isTTY?: boolean }
  env: Partial<NodeJS.ProcessEnv>
}

/**
 * Creates a logger that writes to stderr (stdout is for results): readable lines if stdout is a terminal,
 * JSON otherwise. Bind run and work ids with `logger.child`.
 */
export function createLogger(level: string, surroundings: Surroundings = process): Logger {
  return pino(
    { level, hooks: { streamWrite: lineFor(surroundings) } },
    pino.destination({ fd: 2, sync: true }),
  )
}

function lineFor({ stdout, stderr, env }: Surroundings): (line: string) => string {
  if (!stdout.isTTY) return hideInLine
  const colors = stderr.isTTY === true && !env.NO_COLOR
  return (line) => readableLine(hideInLine(line), { colors })
}
