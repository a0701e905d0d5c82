/** Removes secrets from texts that others wrote: in time that grows with the length, and cut before the search. */

const HIDDEN = '[secret]'
/** UTF-16 units of a text; a longer one is cut. */
const LONGEST_TEXT = 8_192
/** UTF-16 units of a log line; a longer one keeps only its first fields. */
const LONGEST_LINE = 65_536
/** The word at the cut goes too, since half a secret no longer looks like one. */
const LONGEST_WORD = 1_024
const CUT = '… (cut)'

/** Not the middle of a word. A log line is JSON, where the letter of `\n` ends nothing. */
const START = String.raw`(?<!(?<!\\)[\w-])`

/** Names of log fields whose text is a secret, at any depth. A text without its end is hidden to the end. */
const SECRET_FIELD =
  /("[^"\\]{0,60}(?:token|secret|password|passwd|private[-_]?key|api[-_]?key|authorization|cookie|signature(?:-256)?)"\s{0,8}:\s{0,8})(?:"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|\[[^\]]*(?:\]|$))/gi

/**
 * Formats of secrets. Each pattern consumes what it scans, or has a bound, or begins only where a word does:
 * no text can make it scan the same characters again and again.
 */
const SECRET_TEXT = new RegExp(
  [
    // A PEM key, up to its end marker or, if truncated, to the end of the text.
    '-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|(?="|$))',
    // Keys of GitHub, OpenAI, GitLab, Slack, npm, Hugging Face, AWS and Google; signed tokens (JWT).
    String.raw`(?:gh[oprsu]_|github_pat_)[\w.-]{8,}`,
    String.raw`${START}(?:sk-|glpat-|xox[abeprs]-)[\w-]{16,}`,
    `${START}(?:npm_|hf_)[a-z0-9]{30,}`,
    `${START}(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])`,
    String.raw`${START}AIza[\w-]{35}(?![\w-])`,
    String.raw`${START}eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]+`,
    // Our own tokens, sessions and sign-ins.
    String.raw`${START}(?:whence|session|signin)_[\w-]{43}(?![\w-])`,
    // Signatures of webhooks.
    '(?<=sha256=)[0-9a-f]{64}|(?<=sha1=)[0-9a-f]{40}',
    // Parameters of addresses, forms and connection strings: the operator link has `key`, OAuth has `code`.
    String.raw`(?<=[?&](?:key|code|token|state)=)[^&\s"\\]+`,
    String.raw`(?<=(?:access_token|refresh_token|client_secret|code_verifier|password|passwd|secret|api[-_]?key)=)[^&\s"\\]+`,
    // Headers in a text.
    String.raw`(?<=(?:api[-_]?key|client[-_]secret|private-token): ?)[^\s"\\;,]{8,}`,
    String.raw`(?<=cookie: ?)[^\s"\\=;,]{1,64}=[^\s"\\;]+(?:; ?[^\s"\\;]+)*`,
    String.raw`(?<=(?:bearer|basic|token) )[\w.~+/=-]{16,}`,
  ].join('|'),
  'gi',
)

/** Redacts whatever looks like a key, token or password in a message. A long message is cut. */
export function hideSecrets(text: string): string {
  return hideAll(cut(text))
}

/** Does the same in a JSON log line, which remains valid JSON: its texts are cut, not the line. */
export function hideInLine(line: string): string {
  return hideAll(line.length > LONGEST_TEXT ? shorten(line) : line)
}

/** Redacts a text of any length, which takes time in proportion. */
export function hideAll(text: string): string {
  return text
    .replace(SECRET_FIELD, `$1"${HIDDEN}"`)
    .replace(/[^\s"]+/g, hidePassword)
    .replace(SECRET_TEXT, HIDDEN)
}

/** Redacts user:password@host, whatever characters the password contains. */
function hidePassword(word: string): string {
  const at = word.lastIndexOf('@')
  if (at === -1) return word
  const found = /:\/\/[^:/@]{0,256}:/.exec(word)
  const start = found ? found.index + found[0].length : at
  return start < at ? word.slice(0, start) + HIDDEN + word.slice(at) : word
}

function cut(text: string): string {
  if (text.length <= LONGEST_TEXT) return text
  const kept = text.slice(0, LONGEST_TEXT)
  const word = /[^\s"]*$/.exec(kept.slice(-LONGEST_WORD))?.[0] ?? ''
  return kept.slice(0, kept.length - word.length) + CUT
}

function shorten(line: string): string {
  const shortened = rewrite(line, (value) => (typeof value === 'string' ? cut(value) : value))
  if (shortened.length <= LONGEST_LINE) return shortened
  const { level, time, msg } = JSON.parse(shortened) as Record<string, unknown>
  return `${JSON.stringify({ level, time, msg, cut: true })}\n`
}

function rewrite(line: string, change: (value: unknown) => unknown): string {
  try {
    return `${JSON.stringify(JSON.parse(line, (_name, value) => change(value)))}\n`
  } catch {
    return cut(line)
  }
}
