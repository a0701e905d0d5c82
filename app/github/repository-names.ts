import { OperatorError } from '#app/config/errors.server.ts'

const NAME = /^[\w.-]+\/(?:[\w.-]+|\*)$/

/**
 * Parses `owner/name` or `owner/*`, which may be written as the URL of a repository.
 *
 * @throws OperatorError with a hint.
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

/** Extracts `owner/name` from a name or URL; anything else is returned without validation. */
export function repositoryPath(text: string): string {
  const path = text
    .trim()
    .replace(/^(?:https?:\/\/[^/]+\/|(?:ssh:\/\/)?git@[^:/]+[:/])/, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '')
  return path.split(/[/?#]/).slice(0, 2).join('/')
}
