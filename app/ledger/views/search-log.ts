/**
 * Searches the log of a run for words of what it says. The text is put together here (`log-words.ts`), so this
 * reads on until a page is full: a run records a bounded number of entries.
 */
import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { type LogEntry, type LogPage, readLog } from './run-log.ts'

export interface LogSearch extends LogPage {
  /** What an entry has to contain, in any case; empty for all. */
  text: string
}

export interface LogFound {
  entries: LogEntry[]
  /** Send it as `before`; null on the first page. */
  previous: string | null
  /** Send it as `after`; null on the last page. */
  next: string | null
}

const BATCH = 500

/** Returns a page of the entries that match, oldest first. */
export async function searchLog(db: Queryable, scope: Scope, search: LogSearch): Promise<LogFound> {
  const { before, after, limit } = search
  const isBack = before !== undefined
  const found = await collect(db, scope, { ...search, limit: limit + 1 })
  const hasMore = found.length > limit
  const entries = isBack ? found.slice(-limit) : found.slice(0, limit)
  const [first, last] = [entries[0]?.id ?? null, entries.at(-1)?.id ?? null]
  if (isBack) return { entries, previous: hasMore ? first : null, next: last }
  const [earlier] =
    after === undefined || first === null
      ? []
      : await collect(db, scope, { ...search, after: undefined, before: first, limit: 1 })
  return { entries, previous: earlier ? first : null, next: hasMore ? last : null }
}

/** Yields all entries that match, oldest first, a batch at a time. */
export async function* walkLog(
  db: Queryable,
  scope: Scope,
  { text, ...page }: Omit<LogSearch, 'limit' | 'before'>,
): AsyncGenerator<LogEntry[]> {
  for (let after = page.after; ; ) {
    const { entries, next } = await readLog(db, scope, { ...page, after, limit: BATCH })
    yield entries.filter((entry) => isMatch(entry, text))
    if (next === null) return
    after = next
  }
}

async function collect(
  db: Queryable,
  scope: Scope,
  { text, limit, ...page }: LogSearch,
): Promise<LogEntry[]> {
  const isBack = page.before !== undefined
  const size = text === '' ? limit : BATCH
  const found: LogEntry[] = []
  for (let edge = page.before ?? page.after; ; ) {
    const turn = isBack ? { before: edge } : { after: edge }
    const { entries, next } = await readLog(db, scope, { ...page, ...turn, limit: size })
    const matches = entries.filter((entry) => isMatch(entry, text))
    if (isBack) found.unshift(...matches)
    else found.push(...matches)
    if (found.length >= limit || next === null)
      return isBack ? found.slice(-limit) : found.slice(0, limit)
    edge = next
  }
}

function isMatch({ message, detail }: LogEntry, text: string): boolean {
  return `${message}\n${detail ?? ''}`.toLowerCase().includes(text.toLowerCase())
}
