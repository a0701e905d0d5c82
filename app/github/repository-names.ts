import { OperatorError } from '#app/config/errors.server.ts'

const NAME = /^[\w.-]+\/(?:[\w.-]+|\*)$/

/**
 * `owner/name` or `owner/*` of what a person wrote: that, or the address of a repository.
 *
 * @throws OperatorError with the mend.
 */
export function parseRepositoryName(text: string): string {
  const name = repositoryPath(text)
  if (!NAME.test(name) || name.split('/').includes('..'))
    throw new OperatorError(
      `"${text}" is not the name of a repository`,
      'Use owner/name, owner/* for all repositories of an account, or the URL of a repository.',
    )
  return name
}

/** `owner/name`, or what else is there, of a name or an address; nothing is refused. */
export function repositoryPath(text: string): string {
  const path = text
    .trim()
    .replace(/^(?:https?:\/\/[^/]+\/|(?:ssh:\/\/)?git@[^:/]+[:/])/, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '')
  return path.split(/[/?#]/).slice(0, 2).join('/')
}
