/** Estimates what ingesting code takes, from what GitHub knows of repositories without a clone. */
import type { Caller, GithubClient } from '#app/github/client.ts'
import { CODE_SIZES, type CodeSize } from '#app/github/queries/code-sizes.ts'
import { MAX_PAGE } from '#app/github/queries/query.ts'

/** A range from low to high. */
export type Range = [low: number, high: number]

/** What the code of the default branches takes. */
export interface CodeEstimate {
  repositories: number
  /** False if nobody asked for code: it is what that of all repositories would take. */
  isWanted: boolean
  /** Those of them whose size GitHub does not tell. */
  unknown: number
  /** Bytes of the clones. */
  clones: Range
  /** Bytes in the database. */
  database: Range
  /** That the embedding provider gets. */
  tokens: Range
  /** The repositories with the most tokens, most first. */
  largest: { name: string; tokens: Range }[]
}

const MOST_LISTED = 20
/** Measured: docs/code.md. */
const TOKENS_PER_BYTE: Range = [0.25, 0.7]
const CLONE_PER_BYTE: Range = [1, 2]
const DATABASE_PER_TOKEN: Range = [10, 30]

interface Measured {
  name: string
  /** Bytes of the repository with its history. */
  disk: number
  /** Bytes of the files. */
  files: number
}

/**
 * Estimates what the code of repositories takes.
 *
 * @throws the error of the call to GitHub.
 */
export async function estimateCode(
  github: GithubClient,
  caller: Caller,
  repositories: { full_name: string; node_id: string }[],
): Promise<Omit<CodeEstimate, 'isWanted'>> {
  const known: Measured[] = []
  for (let start = 0; start < repositories.length; start += MAX_PAGE) {
    const asked = repositories.slice(start, start + MAX_PAGE)
    const ids = asked.map(({ node_id }) => node_id)
    const { nodes } = (await github.query(caller, CODE_SIZES, { ids })).data
    known.push(...asked.flatMap(({ full_name }, at) => measured(full_name, nodes[at] ?? null)))
  }
  const tokens = times(sum(known.map(({ files }) => files)), TOKENS_PER_BYTE)
  return {
    ...{ repositories: repositories.length, unknown: repositories.length - known.length },
    ...{ clones: times(sum(known.map(({ disk }) => disk)), CLONE_PER_BYTE), tokens },
    database: [tokens[0] * DATABASE_PER_TOKEN[0], tokens[1] * DATABASE_PER_TOKEN[1]],
    largest: known
      .sort((a, b) => b.files - a.files)
      .slice(0, MOST_LISTED)
      .map(({ name, files }) => ({ name, tokens: times(files, TOKENS_PER_BYTE) })),
  }
}

function measured(name: string, size: CodeSize | null): Measured[] {
  if (!size?.languages || size.diskUsage === null) return []
  return [{ name, disk: size.diskUsage * 1_024, files: size.languages.totalSize }]
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}

function times(number: number, [low, high]: Range): Range {
  return [number * low, number * high]
}
