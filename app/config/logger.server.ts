import { type Logger, pino } from 'pino'
import { readableLine } from './readable-log.ts'
import { requestId } from './request-id.server.ts'
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
 * JSON otherwise. Bind run and work ids with `logger.child`; the id of a request is in all of its lines.
 */
export function createLogger(level: string, surroundings: Surroundings = process): Logger {
  return pino(
    { level, mixin: bindRequest, hooks: { streamWrite: lineFor(surroundings) } },
    pino.destination({ fd: 2, sync: true }),
  )
}

/** Returns the fields of a line that the code of a request logs. */
export function bindRequest(): { requestId?: string } {
  const id = requestId()
  return id === null ? {} : { requestId: id }
}

function lineFor({ stdout, stderr, env }: Surroundings): (line: string) => string {
  if (!stdout.isTTY) return hideInLine
  const colors = stderr.isTTY === true && !env.NO_COLOR
  return (line) => readableLine(hideInLine(line), { colors })
}
