/** How many rows of each kind an erasure deletes, by the name of the kind. */
export interface ErasedRows {
  repositories: number
  pullRequests: number
  reviews: number
  reviewThreads: number
  reviewComments: number
  comments: number
  commits: number
  passages: number
  vectors: number
  rawRecords: number
}

export const NO_ROWS: ErasedRows = {
  repositories: 0,
  pullRequests: 0,
  reviews: 0,
  reviewThreads: 0,
  reviewComments: 0,
  comments: 0,
  commits: 0,
  passages: 0,
  vectors: 0,
  rawRecords: 0,
}

const NOUNS: Record<keyof ErasedRows, [one: string, many: string]> = {
  repositories: ['repository', 'repositories'],
  pullRequests: ['pull request', 'pull requests'],
  reviews: ['review', 'reviews'],
  reviewThreads: ['review thread', 'review threads'],
  reviewComments: ['review comment', 'review comments'],
  comments: ['comment', 'comments'],
  commits: ['commit', 'commits'],
  passages: ['passage', 'passages'],
  vectors: ['vector', 'vectors'],
  rawRecords: ['raw record', 'raw records'],
}

export function addRows(a: ErasedRows, b: Partial<ErasedRows>): ErasedRows {
  const kinds = Object.keys(NO_ROWS) as (keyof ErasedRows)[]
  return Object.fromEntries(kinds.map((kind) => [kind, a[kind] + (b[kind] ?? 0)])) as never
}

/** Returns the counts in words: `1 repository, 3 pull requests and 12 passages`. */
export function describeRows(rows: ErasedRows): string {
  const kinds = Object.keys(NO_ROWS) as (keyof ErasedRows)[]
  const parts = kinds.flatMap((kind) => {
    const [one, many] = NOUNS[kind]
    const count = rows[kind]
    return count > 0 ? `${count.toLocaleString('en')} ${count === 1 ? one : many}` : []
  })
  const last = parts.pop()
  if (last === undefined) return 'nothing'
  return parts.length > 0 ? `${parts.join(', ')} and ${last}` : last
}
