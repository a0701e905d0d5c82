import { type Logger, pino } from 'pino'

export type { Logger }

const HIDDEN = '[secret]'

/** Fields of a log line, at any depth, whose text is a secret by their name. */
const SECRET_FIELD =
  /("[^"\\]{0,60}(?:token|secret|password|passwd|private_?key|api_?key|authorization|cookie)"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi

const SECRET_TEXT = new RegExp(
  [
    // A PEM key, to its end or, cut short, to the end of its text.
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="|$))/,
    // Tokens of GitHub, keys of OpenAI, and signed tokens (JWT), by their form.
    /(?:gh[oprsu]_|github_pat_)[\w.-]{8,}/,
    /(?<![A-Za-z0-9])sk-[\w-]{16,}/,
    /eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]+/,
    // Tokens of our own API.
    /(?<![\w-])whence_[\w-]{43}(?![\w-])/,
    // user:password@host, whatever the password has in it.
    /(?<=:\/\/[^:/@\s"]*:)[^\s"]+(?=@)/,
    /(?<=[?&](?:access_token|password|token|secret)=)[^&\s"\\]+/,
    /(?<=(?:bearer|basic|token) )[\w.~+/=-]{16,}/,
  ]
    .map((pattern) => pattern.source)
    .join('|'),
  'gi',
)

/** JSON lines on stderr (stdout belongs to results). Bind run and work ids with `logger.child`. */
export function createLogger(level: string): Logger {
  return pino(
    { level, hooks: { streamWrite: hideSecrets } },
    pino.destination({ fd: 2, sync: true }),
  )
}

/**
 * Removes what looks like a key, a token or a password from any text: a message, a stack, or a whole
 * line of the log, which stays JSON.
 */
export function hideSecrets(text: string): string {
  return text.replace(SECRET_FIELD, `$1"${HIDDEN}"`).replace(SECRET_TEXT, HIDDEN)
}
