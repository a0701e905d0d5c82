import picomatch from 'picomatch'
import { z } from 'zod'
import { FatalError } from '#app/config/errors.server.ts'

/** Why a repository is hidden that the filter does not accept. */
export const EXCLUDED = 'excluded by the repository filter'

/** A repository by its names in REST. */
export interface Named {
  name: string
  full_name: string
}

/** The fields of a REST repository that the filter examines. */
export interface Listed extends Named {
  archived: boolean
  fork: boolean
  visibility: string
}

/** Patterns match `name`, or `owner/name` if they contain a slash, and ignore case. */
export const repositoryFilter = z.strictObject({
  include: z.array(z.string().min(1)).default([]),
  exclude: z.array(z.string().min(1)).default([]),
  archived: z.boolean().default(true),
  forks: z.boolean().default(true),
  visibility: z.array(z.enum(['public', 'private', 'internal'])).optional(),
})
export type FilterSettings = z.infer<typeof repositoryFilter>

export interface RepositoryFilter {
  accepts: (repository: Listed) => boolean
}

/** @throws FatalError with the field and a hint if the settings are invalid. */
export function parseFilter(settings: unknown): FilterSettings {
  const parsed = repositoryFilter.safeParse(settings)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) =>
      [['repository_filter', ...issue.path].join('.'), issue.message].join(': '),
    )
    throw new FatalError(
      `The repository filter is not valid: ${problems.join('; ')}. Correct it in the settings of the installation.`,
    )
  }
  return parsed.data
}

/** @throws FatalError if the settings are invalid. */
export function makeFilter(settings: unknown): RepositoryFilter {
  const { include, exclude, archived, forks, visibility } = parseFilter(settings)
  const included = matcherOf(include)
  const excluded = matcherOf(exclude)
  return {
    accepts: (repository) =>
      (include.length === 0 || included(repository)) &&
      !excluded(repository) &&
      (archived || !repository.archived) &&
      (forks || !repository.fork) &&
      (!visibility || visibility.some((word) => word === repository.visibility)),
  }
}

/** Returns a test of names: patterns match `name`, or `owner/name` if they contain a slash, and ignore case. */
export function matcherOf(patterns: string[]): (repository: Named) => boolean {
  const tests = patterns.map((pattern) => ({
    matches: picomatch(pattern, { nocase: true, dot: true }),
    hasOwner: pattern.includes('/'),
  }))
  return ({ name, full_name }) =>
    tests.some(({ matches, hasOwner }) => matches(hasOwner ? full_name : name))
}

/** @param fullName `owner/name` */
export function matchesAny(patterns: string[], fullName: string): boolean {
  const name = fullName.slice(fullName.indexOf('/') + 1)
  return matcherOf(patterns)({ name, full_name: fullName })
}
