/** Tests rank below what they test, unless the query is about tests. */
import type { ParsedCodeQuery } from './parse-code-query.ts'

/** Matches the path of a test; a regular expression of JavaScript and of PostgreSQL. */
export const TEST_PATH =
  '(^|/)(tests?|testing|specs?|__tests__)/|[._-](test|spec)s?[.][^/.]+$|(^|/)(test_[^/]*|tests?[.][^/.]+)$'
const TEST = new RegExp(TEST_PATH, 'i')

export function isTest(path: string): boolean {
  return TEST.test(path)
}

/** Returns true if the query is about tests. */
export function asksForTests({
  text,
  path,
  symbol,
}: Pick<ParsedCodeQuery, 'text' | 'path' | 'symbol'>): boolean {
  return /(?:^|[^a-z])(?:tests?|specs?)(?:[^a-z]|$)/i.test([text, ...path, ...symbol].join(' '))
}
