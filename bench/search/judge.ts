/**
 * Measures the quality of an answer, given that `relevant` lists all relevant hits. Relevance is binary,
 * and each query has at least one relevant hit. `ranked` is best first, and only its first ten hits count.
 */
const DEPTH = 10

/** Sums 1 / log₂(rank + 1) over the relevant hits and divides by the sum of an ideal ranking. 0 to 1. */
export function ndcgAt10(ranked: string[], relevant: string[]): number {
  const gains = ranksOf(ranked, relevant).map(gainAt)
  const best = relevant.slice(0, DEPTH).map((_, index) => gainAt(index + 1))
  return sum(gains) / sum(best)
}

/** Returns 1 / rank of the first relevant hit, or 0 if none is in the top ten. */
export function mrrAt10(ranked: string[], relevant: string[]): number {
  const [first] = ranksOf(ranked, relevant)
  return first === undefined ? 0 : 1 / first
}

/** Returns the share of relevant hits in the top ten. */
export function recallAt10(ranked: string[], relevant: string[]): number {
  return ranksOf(ranked, relevant).length / relevant.length
}

/** Returns the ranks of the relevant hits in order, starting from 1. */
function ranksOf(ranked: string[], relevant: string[]): number[] {
  return ranked.slice(0, DEPTH).flatMap((hit, index) => (relevant.includes(hit) ? [index + 1] : []))
}

function gainAt(rank: number): number {
  return 1 / Math.log2(rank + 1)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
