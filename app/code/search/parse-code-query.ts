/** Parses the query of a search in code: words and qualifiers. */
import { QUALIFIERS } from '#app/search/query/qualifier-names.ts'

/** Values of qualifiers; a chunk has to match one value of each. */
export interface CodeQualifiers {
  /** `owner/name`, `owner/*` or a name. */
  repo: string[]
  /** Languages. */
  lang: string[]
  /** Parts of paths, or globs. */
  path: string[]
  /** Names of declarations; `*` stands for any part of one. */
  symbol: string[]
  /** Branches. */
  ref: string[]
}

export interface ParsedCodeQuery extends CodeQualifiers {
  text: string
}

/** Nothing longer is a query: a pasted file is cut here. UTF-16 units. */
const LONGEST = 2_000
const MOST_VALUES = 10
const QUALIFIER = /(?<!\S)(repo|lang|language|path|file|symbol|ref|branch):(?:"([^"]*)"|(\S+))/gi
const NAMES: Record<string, keyof CodeQualifiers> = {
  ...{ repo: 'repo', lang: 'lang', language: 'lang', path: 'path', file: 'path' },
  ...{ symbol: 'symbol', ref: 'ref', branch: 'ref' },
}

const OF_CONVERSATIONS = new RegExp(
  `(?<!\\S)-?(?:${[...QUALIFIERS].filter((name) => name !== 'repo' && name !== 'path').join('|')}):\\S`,
  'i',
)

/** Returns true if a query has qualifiers that no code meets, such as `author:`. */
export function isOfConversations(query: string): boolean {
  return OF_CONVERSATIONS.test(query.slice(0, LONGEST))
}

/** Takes the qualifiers out of a query. Any text is a query. */
export function parseCodeQuery(query: string): ParsedCodeQuery {
  const parsed: ParsedCodeQuery = { text: '', repo: [], lang: [], path: [], symbol: [], ref: [] }
  // No database stores the null character.
  parsed.text = query
    .slice(0, LONGEST)
    .replaceAll('\0', ' ')
    .replace(QUALIFIER, (_, name: string, quoted?: string, plain?: string) => {
      const values = parsed[NAMES[name.toLowerCase()] as keyof CodeQualifiers]
      const value = (quoted ?? plain ?? '').trim()
      if (value !== '' && values.length < MOST_VALUES) values.push(value)
      return ' '
    })
    .trim()
  return parsed
}
