import type { Content } from './rows.ts'

type Kind = keyof Content

export type Difference = {
  kind: Kind
  key: string
  /** The field; null if an entire row is missing or surplus. */
  field: string | null
  expected: unknown
  actual: unknown
}

export type CompareOptions = {
  /** Fields that the store does not have, as `kind.field`, such as `commits.parents`. */
  ignore?: string[]
  /** Returns what the store keeps of an e-mail address; by default the address itself. */
  email?: (address: string) => string
}

const KINDS = [
  'repositories',
  'pullRequests',
  'commits',
  'reviews',
  'reviewThreads',
  'reviewComments',
  'comments',
] as const satisfies Kind[]

const ANY_ORDER = new Set(['labels', 'assignees', 'topics', 'closingIssues'])
const MOMENT = /^\d{4}-\d\d-\d\dT/

type Row = Record<string, unknown>

/**
 * Compares every row of the store with GitHub's, field by field, by node id (commits by repository and oid).
 * U+0000 and lone surrogates are ignored, because PostgreSQL cannot store them.
 */
export function compareContent(
  expected: Content,
  actual: Content,
  options: CompareOptions = {},
): Difference[] {
  return KINDS.flatMap((kind) => compareKind(kind, expected[kind], actual[kind], options))
}

function compareKind(
  kind: Kind,
  expected: readonly Row[],
  actual: readonly Row[],
  options: CompareOptions,
): Difference[] {
  const differences: Difference[] = []
  const stored = new Map<string, Row>()
  for (const row of actual) {
    const key = keyOf(row)
    if (stored.has(key)) {
      differences.push({ kind, key, field: null, expected: 'one row', actual: 'more than one' })
    }
    stored.set(key, row)
  }
  for (const row of expected) {
    const key = keyOf(row)
    const found = stored.get(key)
    stored.delete(key)
    if (found) differences.push(...compareRow(kind, row, found, options))
    else differences.push({ kind, key, field: null, expected: row, actual: 'missing' })
  }
  for (const [key, row] of stored) {
    differences.push({ kind, key, field: null, expected: 'not on GitHub', actual: row })
  }
  return differences
}

function keyOf(row: Row): string {
  return 'oid' in row ? `${String(row.repositoryId)} ${String(row.oid)}` : String(row.id)
}

function compareRow(kind: Kind, expected: Row, actual: Row, options: CompareOptions): Difference[] {
  return Object.keys(expected).flatMap((field) => {
    if (options.ignore?.includes(`${kind}.${field}`)) return []
    const isEmail = field === 'authorEmail' || field === 'committerEmail'
    const shown =
      isEmail && options.email ? options.email(String(expected[field])) : expected[field]
    const sides = [shown, actual[field]].map((value) => comparable(field, value))
    if (sides[0] === sides[1]) return []
    const key = keyOf(expected)
    return [{ kind, key, field, expected: shown, actual: actual[field] }]
  })
}

function comparable(field: string, value: unknown): string {
  if (value === undefined) return 'no such field'
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(field, item))
    return JSON.stringify(ANY_ORDER.has(field) ? items.sort() : items)
  }
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string' && isTime(field) && MOMENT.test(value)) {
    return new Date(value).toISOString()
  }
  return typeof value === 'string' ? JSON.stringify(storable(value)) : JSON.stringify(value)
}

function isTime(field: string): boolean {
  return field.endsWith('At') || field.endsWith('Date')
}

/** Removes what a store may drop or replace by U+FFFD. */
function storable(text: string): string {
  return text.replaceAll(/\ufffd|\p{Surrogate}/gu, '').replaceAll('\0', '')
}

/** Formats one line per difference, at most `limit` of them, for a test's message. */
export function describeDifferences(differences: Difference[], limit = 20): string {
  const lines = differences.slice(0, limit).map(({ kind, key, field, expected, actual }) => {
    const what = field === null ? kind : `${kind}.${field}`
    return `${what} of ${key}: GitHub has ${shorten(expected)}, stored is ${shorten(actual)}`
  })
  const more = differences.length - lines.length
  return [...lines, ...(more > 0 ? [`… and ${more} more`] : [])].join('\n')
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}
