/** Part of a line. A plain part has no kind. */
export interface CodeToken {
  text: string
  kind: TokenKind | null
}

export type TokenKind = 'constant' | 'string' | 'comment' | 'keyword' | 'function'

/** Returns lines of one part each. */
export function plainLines(text: string): CodeToken[][] {
  return text.split('\n').map((line) => [{ text: line, kind: null }])
}
