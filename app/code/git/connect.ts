/** Runs the commands of git that connect to a repository. */
import { tmpdir } from 'node:os'
import { checkAddress } from './clone-address.ts'
import { type GitCall, runGit } from './run-git.ts'

export type Remote = {
  /** Without a credential: see `cloneAddress`. */
  url: string
  /** Returns a token, or null for a repository that everybody may read. Called before each connection. */
  credentials: () => Promise<string | null>
  signal: AbortSignal
}

/** Asks nobody, trusts no new server, and gives up on one that is silent. */
const SSH = `core.sshCommand=ssh ${[
  ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ForwardAgent=no', 'ClearAllForwardings=yes'],
  ...['ConnectTimeout=30', 'ServerAliveInterval=15', 'ServerAliveCountMax=4'],
]
  .map((option) => `-o${option}`)
  .join(' ')}`
const TOKEN = 'WHENCE_GIT_TOKEN'
/** Answers `get` alone. The token is in git's environment, and its name only on the command line. */
const HELPER = `!f() { test "$1" = get && printf 'username=x-access-token\\npassword=%s\\n' "$${TOKEN}"; }; f`

/** Runs a command that connects to the repository, with the credential for that host alone. */
export async function connect(
  call: GitCall,
  { url, credentials }: Pick<Remote, 'url' | 'credentials'>,
): Promise<string> {
  const { protocol, origin } = checkAddress(url)
  const env: Record<string, string> = { GIT_ALLOW_PROTOCOL: protocol.slice(0, -1) }
  if (protocol === 'ssh:') return runGit({ ...call, settings: [SSH], env })
  const token = await credentials()
  if (token === null) return runGit({ ...call, env })
  const settings = [`credential.${origin}.helper=${HELPER}`]
  return runGit({ ...call, settings, secret: token, env: { ...env, [TOKEN]: token } })
}

/**
 * Returns the newest commits of branches by their names, without a clone.
 *
 * @param patterns names, or patterns of git (`release/*`), whose stars also match slashes; none means all branches.
 * @throws CloneError, or the reason of the signal.
 */
export async function listHeads(remote: Remote, patterns: string[]): Promise<Map<string, string>> {
  const refs = patterns.map((pattern) => `refs/heads/${pattern}`)
  const args = ['ls-remote', '--heads', '--', remote.url, ...refs]
  const answer = await connect({ folder: tmpdir(), args, signal: remote.signal }, remote)
  const heads = answer.matchAll(/^([0-9a-f]{40,64})\trefs\/heads\/(.+)$/gm)
  return new Map(Array.from(heads, ([, oid = '', branch = '']) => [branch, oid]))
}
