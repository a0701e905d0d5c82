import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { isPrivateHost } from '#app/config/private-hosts.ts'
import { parseRepositoryName, refuseForeignHost } from '#app/github/repository-names.ts'

export type CloneAddress = {
  /** Without a credential. */
  url: string
  /** `owner/name`. */
  repository: string
}

export type AddressRules = {
  /** GitHub's pages: repositories of other hosts are refused. */
  webUrl: string
  /** Clones by ssh, with the keys of the machine's user; otherwise, every address is rewritten to `webUrl`. */
  bySsh: boolean
}

/**
 * Reads the address of a repository in any form that GitHub shows: `owner/name`, `host/owner/name`, https, ssh,
 * `git@host:owner/name`, each with or without `.git`.
 *
 * @throws RefusedError for another host, or for what is no address.
 */
export function cloneAddress(repo: string, { webUrl, bySsh }: AddressRules): CloneAddress {
  const { hostname, href } = new URL(webUrl)
  refuseForeignHost(webUrl, repo)
  const repository = readRepository(repo)
  const base = bySsh ? `ssh://git@${hostname}` : href.replace(/\/$/, '')
  return { url: `${base}/${repository}.git`, repository }
}

function readRepository(repo: string): string {
  const name = parseName(repo).replace(/\.git$/i, '')
  if (/^[\w-]{1,100}\/(?!\.*$)[\w.-]{1,100}$/.test(name)) return name
  throw malformed()
}

function parseName(repo: string): string {
  try {
    return parseRepositoryName(repo)
  } catch (error) {
    throw error instanceof OperatorError ? malformed() : error
  }
}

function malformed(): RefusedError {
  return new RefusedError(
    'invalid',
    'This is no address of a repository',
    'Give it as owner/name, or as the https or ssh address on GitHub.',
  )
}

/** @throws RefusedError for an address that git must not open. */
export function checkAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null
  const isWeb =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isPrivateHost(url.hostname))
  const isSsh = url?.protocol === 'ssh:' && url.username === 'git'
  if (!url || !(isSsh || (isWeb && url.username === '')) || url.password)
    throw new RefusedError(
      'invalid',
      'A repository is cloned by https only, and by http from a private host only',
      'Set GITHUB_WEB_URL to an https address.',
    )
  return url
}
