import type { GraphqlQuery } from './query.ts'

/** What GitHub knows of the code of a repository. */
export interface CodeSize {
  /** Kilobytes of the repository with its history; null if GitHub does not say. */
  diskUsage: number | null
  /** Bytes of the files of the default branch in languages, which do not include texts and data. */
  languages: { totalSize: number } | null
}

/** Sizes of at most `MAX_PAGE` repositories. */
export const CODE_SIZES: GraphqlQuery<{ ids: string[] }, { nodes: (CodeSize | null)[] }> = {
  name: 'sizes of code',
  text: `query ($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Repository { diskUsage languages(first: 1) { totalSize } } }
}`,
}
