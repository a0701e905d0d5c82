/** Completes a query while it is typed. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { QUALIFIERS } from '../query/qualifier-names.ts'
import type { Completion, Option } from './completion.ts'
import { type Part, partAt, written } from './part.ts'
import { isSampled, readAccountsLike, readRepositoriesLike, readValues } from './read-values.ts'

const MOST_NAMES = 6

/** Values that do not depend on the data. */
const FIXED: Record<string, string[]> = {
  is: ['open', 'closed', 'merged', 'draft'],
  review: ['approved', 'changes_requested', 'none'],
  no: ['label', 'assignee', 'milestone'],
  in: ['title', 'body', 'comments', 'reviews', 'commits', 'issues'],
  bot: ['true', 'false'],
  draft: ['true', 'false'],
  sort: ['relevance', 'updated', 'created', 'merged', 'comments', 'updated-asc', 'created-asc'],
  ...Object.fromEntries(
    ['created', 'updated', 'merged', 'closed'].map((name) => [name, ['<7d', '<30d', '<1y', '>1y']]),
  ),
}

/** Only those that take a value of which something is known. */
const NAMES = [...QUALIFIERS].filter((name) => name !== 'similar' && name !== 'type')

/**
 * Returns what the part of the query at the caret may become: qualifiers while a word is typed, then their
 * values in the viewer's scope.
 */
export async function completeQuery(
  reader: ScopedReader,
  text: string,
  at: number,
): Promise<Completion> {
  const part = partAt(text, at)
  const { start, end } = part
  if (part.name === null) return { start, end, options: namesLike(part.typed) }
  const values = await valuesOf(reader, part)
  return { start, end, options: values.filter(({ text }) => text !== part.typed) }
}

function namesLike(typed: string): Option[] {
  const asked = typed.toLowerCase()
  if (asked === '') return []
  return NAMES.filter((name) => name.startsWith(asked))
    .slice(0, MOST_NAMES)
    .map((name) => ({ kind: 'qualifier', text: `${name}:`, insert: `${name}:` }))
}

async function valuesOf(reader: ScopedReader, { name, typed }: Part): Promise<Option[]> {
  const { run, scope } = reader
  if (name === null) return []
  if (name === 'repo')
    return (await run((db) => readRepositoriesLike(db, scope, typed))).map((one) => option(one))
  if (name === 'org' || name === 'user')
    return (await run((db) => readAccountsLike(db, scope, typed))).map((one) => option(one))
  if (isSampled(name))
    return (await run((db) => readValues(db, scope, name, typed))).map(({ value }) => option(value))
  return (FIXED[name === 'state' ? 'is' : name] ?? [])
    .filter((value) => value.startsWith(typed.toLowerCase()))
    .map((value) => option(value))
}

function option(value: string): Option {
  return { kind: 'value', text: value, insert: `${written(value)} ` }
}
