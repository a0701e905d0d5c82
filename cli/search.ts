import type { SearchMode } from '#app/search/query/query.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import type { Backend } from './backend.ts'
import { note, print } from './context.ts'
import { renderAnswer, renderWarnings } from './render-search.ts'

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
export async function search(
  terminal: Terminal,
  backend: Backend,
  { words, repo, limit, mode, cursor, json, color }: SearchOptions,
): Promise<number> {
  const answer = await backend.search({ query: words.join(' '), limit, mode, cursor }, repo)
  if (json) await print(terminal, JSON.stringify(answer, null, 2))
  else {
    for (const line of renderWarnings(answer)) await note(terminal, line)
    const now = new Date().toISOString()
    await print(terminal, renderAnswer(answer, { color: color === 'always', now }))
  }
  return 0
}
