import { openReaders } from '#app/auth/readers.server.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { openSearch } from '#app/search/open-search.ts'
import type { SearchAnswer } from '#app/search/present/answer.ts'
import type { SearchMode } from '#app/search/query/query.ts'
import { type CommandContext, note, print } from './context.ts'
import { namedRepositories } from './named-repositories.ts'
import { renderAnswer, renderWarnings } from './render-search.ts'
import { withDatabase } from './with-database.ts'

export interface SearchOptions {
  /** As typed; words without quotes arrive separately. */
  words: string[]
  repo: string[]
  limit: number
  mode: SearchMode
  cursor?: string
  json: boolean
  color: 'always' | 'never'
}

/** Shows the results; an empty result is not a failure. */
export async function search(context: CommandContext, options: SearchOptions): Promise<number> {
  const answer = await searchOnce(context, options)
  if (options.json) await print(context, JSON.stringify(answer, null, 2))
  else {
    for (const line of renderWarnings(answer)) await note(context, line)
    const now = new Date().toISOString()
    await print(context, renderAnswer(answer, { color: options.color === 'always', now }))
  }
  return 0
}

async function searchOnce(
  context: CommandContext,
  { words, repo, limit, mode, cursor }: SearchOptions,
): Promise<SearchAnswer> {
  const { config } = context
  return withDatabase(context, async (database) => {
    const names = await namedRepositories(database.pool, config, repo)
    const query = [...words, ...names.map(withQualifier)].join(' ')
    try {
      const reader = openReaders(database)(operatorScope())
      return await openSearch(config)(reader, { query, limit, mode, cursor })
    } catch (error) {
      if (error instanceof RefusedError)
        throw new OperatorError(error.message, error.hint, { cause: error })
      throw error
    }
  })
}

/** @param name `owner/name` or `owner/*`. */
function withQualifier(name: string): string {
  return name.endsWith('/*') ? `org:${name.slice(0, -2)}` : `repo:${name}`
}
