/** Names of repositories as people write them, for the command line, the API, settings and queries. */
import { z } from 'zod'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'

const PROBLEM = 'must be owner/name, owner/* or the URL of a repository'
const HINT =
  'Use owner/name, owner/* for all repositories of an account, or the URL of a repository on GitHub.'

const LONGEST_SHOWN = 100
/** `https://host/path`, `ssh://git@host/path`, `git@host:path`, or `host/path`. */
const ADDRESS =
  /^(?:(?:https?|ssh|git):\/\/(?:[^@/\s]*@)?([^/\s]+)\/|[\w-]+@([\w.-]+):|([\w-]+(?:\.[\w-]+)+(?::\d+)?|localhost:\d+)\/)(.*)$/i
// Accounts have no dot in their names, so `github.com/owner` cannot be a repository.
const NAME = /^([a-z\d][\w-]*)\/([\w.-]+|\*)$/i
const NOT_NAMES = new Set(['.', '..'])

/**
 * Parses `owner/name` or `owner/*`, which may be written as an address on GitHub: as a URL, also of a page
 * within the repository, without its scheme, or as git writes it. The host of an address is not looked at.
 *
 * @throws OperatorError with a hint for everything else.
 */
export function parseRepositoryName(text: string): string {
  const name = readName(text)
  if (name !== null) return name
  throw new OperatorError(`"${text}" is not the name of a repository`, HINT)
}

/**
 * Parses a name as `parseRepositoryName` does. An address has to be on the GitHub at `web`.
 *
 * @throws RefusedError that names the host of an address on another server.
 */
export function repositoryNameOn(web: string, text: string): string {
  refuseForeignHost(web, text)
  return parseRepositoryName(text)
}

/** @throws RefusedError that names the host of an address on another server than `web`. */
export function refuseForeignHost(web: string, text: string): void {
  const host = hostOf(text.trim())
  if (host === undefined || isHostOf(host, web)) return
  const own = new URL(web).host
  throw new RefusedError(
    'invalid',
    `The repository is on ${host.slice(0, LONGEST_SHOWN)}, and this server reads ${own} only`,
    `Give a repository on ${own}.`,
  )
}

/** Schema of a repository in a request: its name or an address, as it was given. */
export const givenRepository = z.string().refine((text) => readName(text) !== null, PROBLEM)

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

/** Returns the host of an address, or nothing for what is no address. */
function hostOf(text: string): string | undefined {
  const [, url, git, plain] = ADDRESS.exec(text) ?? []
  return url ?? git ?? plain
}

function readName(text: string): string | null {
  const path = repositoryPath(text)
  const [, , name = ''] = NAME.exec(path) ?? []
  return name === '' || NOT_NAMES.has(name) ? null : path
}

function isHostOf(host: string, web: string): boolean {
  const { hostname } = new URL(web)
  return [hostname, `www.${hostname}`, `ssh.${hostname}`].includes(
    host.toLowerCase().replace(/:\d+$/, ''),
  )
}
