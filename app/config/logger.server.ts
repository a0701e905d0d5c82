import { type Logger, pino } from 'pino'
import { readableLine } from './readable-log.ts'

export type { Logger }

const HIDDEN = '[secret]'

/** Names of log fields whose text is a secret, at any depth. */
const SECRET_FIELD =
  /("[^"\\]{0,60}(?:token|secret|password|passwd|private_?key|api_?key|authorization|cookie)"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi

const SECRET_TEXT = new RegExp(
  [
    // A PEM key, up to its end marker or, if truncated, to the end of the text.
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="|$))/,
    // GitHub tokens, OpenAI keys and signed tokens (JWT), recognized by their format.
    /(?:gh[oprsu]_|github_pat_)[\w.-]{8,}/,
    /(?<![A-Za-z0-9])sk-[\w-]{16,}/,
    /eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]+/,
    // Tokens of our own API.
    /(?<![\w-])whence_[\w-]{43}(?![\w-])/,
    // user:password@host, whatever characters the password contains.
    /(?<=:\/\/[^:/@\s"]*:)[^\s"]+(?=@)/,
    /(?<=[?&](?:access_token|password|token|secret)=)[^&\s"\\]+/,
    /(?<=(?:bearer|basic|token) )[\w.~+/=-]{16,}/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
  'gi',
)

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
  if (!stdout.isTTY) return hideSecrets
  const colors = stderr.isTTY === true && !env.NO_COLOR
  return (line) => readableLine(hideSecrets(line), { colors })
}

/**
 * Redacts whatever looks like a key, token or password in a message, a stack trace or a whole log line, which
 * remains valid JSON.
 */
export function hideSecrets(text: string): string {
  return text.replace(SECRET_FIELD, `$1"${HIDDEN}"`).replace(SECRET_TEXT, HIDDEN)
}
