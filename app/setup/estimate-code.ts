/** Estimates what ingesting code takes, from what GitHub knows of repositories without a clone. */
import type { Caller, GithubClient } from '#app/github/client.ts'
import { CODE_SIZES, type CodeSize } from '#app/github/queries/code-sizes.ts'
import { MAX_PAGE } from '#app/github/queries/query.ts'

/** A range from low to high. */
export type Range = [low: number, high: number]

export interface CodeEstimate {
  repositories: number
  /** Those of them whose size GitHub does not tell. */
  unknown: number
  /** Bytes of the clones. */
  clones: Range
  /** Bytes in the database. */
  database: Range
  /** That the embedding provider gets. */
  tokens: Range
}

/** Measured: docs/code.md. */
const TOKENS_PER_BYTE: Range = [0.25, 0.7]
const CLONE_PER_BYTE: Range = [1, 2]
const DATABASE_PER_TOKEN: Range = [10, 30]

/** @throws the error of the call to GitHub. */
export async function estimateCode(
  github: GithubClient,
  caller: Caller,
  ids: string[],
): Promise<CodeEstimate> {
  const sizes: (CodeSize | null)[] = []
  for (let start = 0; start < ids.length; start += MAX_PAGE) {
    const asked = { ids: ids.slice(start, start + MAX_PAGE) }
    sizes.push(...(await github.query(caller, CODE_SIZES, asked)).data.nodes)
  }
  const known = sizes.filter((size) => size?.languages && size.diskUsage !== null)
  const disk = sum(known.map((size) => (size?.diskUsage ?? 0) * 1_024))
  const tokens = times(sum(known.map((size) => size?.languages?.totalSize ?? 0)), TOKENS_PER_BYTE)
  return {
    ...{ repositories: ids.length, unknown: ids.length - known.length },
    ...{ clones: times(disk, CLONE_PER_BYTE), tokens },
    database: [tokens[0] * DATABASE_PER_TOKEN[0], tokens[1] * DATABASE_PER_TOKEN[1]],
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}

function times(number: number, [low, high]: Range): Range {
  return [number * low, number * high]
}
