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

const SSH = 'core.sshCommand=ssh -oBatchMode=yes -oStrictHostKeyChecking=yes'
const TOKEN = 'WHENCE_GIT_TOKEN'
/** Answers `get` alone. The token is in git's environment, and its name only on the command line. */
const HELPER = `!f() { test "$1" = get && printf 'username=x-access-token\\npassword=%s\\n' "$${TOKEN}"; }; f`

/** Runs a command that connects to the repository, with the credential for that host alone. */
export async function connect(
  call: GitCall,
  { url, credentials }: Pick<Remote, 'url' | 'credentials'>,
): Promise<string> {
  const { protocol, origin } = checkAddress(url)
  const token = await credentials()
  const env: Record<string, string> = { GIT_ALLOW_PROTOCOL: protocol.slice(0, -1) }
  if (token === null || protocol === 'ssh:') return runGit({ ...call, settings: [SSH], env })
  const settings = [`credential.${origin}.helper=${HELPER}`]
  return runGit({ ...call, settings, secret: token, env: { ...env, [TOKEN]: token } })
}

/** Returns the names of the branches of a repository. @throws CloneError */
export async function readBranches(remote: Remote): Promise<Set<string>> {
  const args = ['ls-remote', '--heads', '--', remote.url]
  const answer = await connect({ folder: tmpdir(), args, signal: remote.signal }, remote)
  return new Set(
    answer.split('\n').flatMap((line) => /^[0-9a-f]+\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? []),
  )
}
