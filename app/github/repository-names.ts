/** Names of repositories as people write them, for the command line, the API, settings and queries. */
import { z } from 'zod'
import { OperatorError } from '#app/config/errors.server.ts'

const PROBLEM = 'must be owner/name, owner/* or the URL of a repository'
const HINT =
  'Use owner/name, owner/* for all repositories of an account, or the URL of a repository on GitHub.'

const GITHUB = 'https://github.com'
/** `https://host/path`, `ssh://git@host/path`, `git@host:path`, or `host/path`. */
const ADDRESS =
  /^(?:(?:https?|ssh|git):\/\/(?:[^@/\s]*@)?([^/\s]+)\/|[\w-]+@([\w.-]+):|([\w-]+(?:\.[\w-]+)+(?::\d+)?|localhost:\d+)\/)(.*)$/i
// Accounts have no dot in their names, so `github.com/owner` cannot be a repository.
const NAME = /^([a-z\d][\w-]*)\/([\w.-]+|\*)$/i
const NOT_NAMES = new Set(['.', '..'])

/**
 * Parses `owner/name` or `owner/*`, which may be written as an address on GitHub: as a URL, also of a page
 * within the repository, without its scheme, or as git writes it.
 *
 * @param web the only host that is accepted in an address; without it, any.
 * @throws OperatorError with a hint for everything else.
 */
export function parseRepositoryName(text: string, web?: string): string {
  const name = readName(text.trim(), web)
  if (name !== null) return name
  throw new OperatorError(`"${text}" is not the name of a repository`, HINT)
}

/** Returns the address whose host `parseRepositoryName` accepts. */
export function githubAddress({ GITHUB_WEB_URL }: Partial<NodeJS.ProcessEnv>): string {
  return GITHUB_WEB_URL || GITHUB
}

/** Schema of a repository's name in a request or a setting. */
export const repositoryName = z.string().transform((text, context) => {
  const name = readName(text.trim())
  if (name !== null) return name
  context.addIssue({ code: 'custom', message: PROBLEM })
  return z.NEVER
})

/**
 * Returns the part of an address after the host, or the text itself if it is not an address. A page within
 * the repository is cut off.
 */
export function repositoryPath(text: string): string {
  const [, , , , path] = ADDRESS.exec(text.trim()) ?? []
  if (path === undefined) return text.trim()
  const [owner = '', name = ''] = path.split(/[/?#]/)
  return `${owner}/${name.replace(/\.git$/, '')}`
}

/**
 * Returns the host of an address on another server than `web`, or null for an address on `web` and for what is
 * no address.
 */
export function foreignHost(text: string, web: string): string | null {
  const host = hostOf(text.trim())
  return host === undefined || isHostOf(host, web) ? null : host
}

/** Returns the host of an address, or nothing for what is no address. */
function hostOf(text: string): string | undefined {
  const [, url, git, plain] = ADDRESS.exec(text) ?? []
  return url ?? git ?? plain
}

function readName(text: string, web?: string): string | null {
  const host = hostOf(text)
  if (host !== undefined && web !== undefined && !isHostOf(host, web)) return null
  const path = repositoryPath(text)
  const [, , name = ''] = NAME.exec(path) ?? []
  return name === '' || NOT_NAMES.has(name) ? null : path
}

function isHostOf(host: string, web: string): boolean {
  if (!URL.canParse(web)) return true
  const { hostname } = new URL(web)
  return [hostname, `www.${hostname}`, `ssh.${hostname}`].includes(
    host.toLowerCase().replace(/:\d+$/, ''),
  )
}
