/** The one place where the failures of git are sorted. */
import { hideSecrets } from '#app/config/secrets.ts'

/**
 * `unavailable`: no usable git or ssh on this machine; `not found`: missing, or hidden from this credential;
 * `moved`: the server sends to another address; `network`: may pass; `disk full`, `too large`, `too slow`: a
 * limit of this machine; `broken`: the clone is damaged, and the next attempt makes a new one. The others
 * concern a commit or a tree in a sound clone.
 */
export type CloneFailure =
  | 'unavailable'
  | 'not found'
  | 'moved'
  | 'network'
  | 'disk full'
  | 'too large'
  | 'too slow'
  | 'broken'
  | 'unknown branch'
  | 'unknown commit'
  | 'not a commit'
  | 'empty repository'
  | 'tree too large'

/** A repository could not be cloned or read. `network`, `broken` and `disk full` may pass on a retry. */
export class CloneError extends Error {
  override name = 'CloneError'
  readonly kind: CloneFailure
  readonly hint: string
  constructor(kind: CloneFailure, message: string, hint: string) {
    super(message)
    this.kind = kind
    this.hint = hint
  }
}

const LONGEST_DETAIL = 300

const PATTERNS: [RegExp, CloneFailure][] = [
  [/No space left on device|Disk quota exceeded/, 'disk full'],
  [/returned error: 30\d|redirect/i, 'moved'],
  [
    /Host key verification failed|^fatal: cannot run ssh|Permission denied \(publickey/m,
    'unavailable',
  ],
  [
    /could not read (?:Username|Password)|Authentication failed|returned error: 40[134]|^fatal: repository '.*' not found|^ERROR: Repository not found/m,
    'not found',
  ],
  [
    /Could not resolve|Failed to connect|Couldn't connect|Connection (?:refused|reset|timed out)|RPC failed|early EOF|unexpected disconnect|hung up|Operation too slow|SSL|TLS|certificate|returned error: (?:429|5\d\d)|unable to access|Empty reply|Recv failure/i,
    'network',
  ],
]

const TEXTS = {
  unavailable: [
    'git cannot connect by ssh from this machine',
    'The user that runs Whence needs ssh, a key that may read the repository, and the key of the server in known_hosts.',
  ],
  'disk full': ['The disk of the data folder is full', 'Free some space, or lower CODE_CLONES_MB.'],
  moved: [
    'The repository has moved to another address',
    'Ask for it by its new name: redirects are not followed, since they could lead a credential elsewhere.',
  ],
  'not found': [
    'The repository does not exist, or this credential may not read it',
    "Check the name, and that the GitHub App is installed on it with the permission 'Contents: read'.",
  ],
  network: ['The server of the repository did not answer', 'It is tried again.'],
  broken: ['The clone is damaged', 'The next attempt makes a new one.'],
} as const

/**
 * Returns the error for a git command that failed.
 *
 * @param secret is removed from the text, beside everything that looks like a secret.
 */
export function sortFailure(stderr: string, secret: string | null): CloneError {
  const kind = PATTERNS.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'broken'
  const [message, hint] = TEXTS[kind as keyof typeof TEXTS]
  const detail = detailOf(secret ? stderr.replaceAll(secret, '[secret]') : stderr)
  return new CloneError(kind, detail ? `${message} (${detail})` : message, hint)
}

/** Returns the first line in which git says what is wrong. */
function detailOf(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/)
  const line =
    lines.find((text) =>
      /^(fatal|error|remote: error|host key verification failed|[^:]+: permission denied)/i.test(
        text,
      ),
    ) ?? ''
  return hideSecrets(line.slice(0, LONGEST_DETAIL))
}
