/**
 * How good an answer is, where `relevant` is the whole truth: each hit is right or wrong, and a query has
 * one right hit at least. `ranked` is the order of hits, the best first; only its first ten count.
 */
const DEPTH = 10

/** Σ 1 / log₂(rank + 1) over right hits, divided by what it is when all right ones come first. 0 to 1. */
export function ndcgAt10(ranked: string[], relevant: string[]): number {
  const gains = ranksOf(ranked, relevant).map(gainAt)
  const best = relevant.slice(0, DEPTH).map((_, index) => gainAt(index + 1))
  return sum(gains) / sum(best)
}

/** 1 / rank of the first right hit, 0 where none is among the ten. */
export function mrrAt10(ranked: string[], relevant: string[]): number {
  const [first] = ranksOf(ranked, relevant)
  return first === undefined ? 0 : 1 / first
}

/** The share of right hits that are among the ten. */
export function recallAt10(ranked: string[], relevant: string[]): number {
  return ranksOf(ranked, relevant).length / relevant.length
}

/** From 1, in order. */
function ranksOf(ranked: string[], relevant: string[]): number[] {
  return ranked.slice(0, DEPTH).flatMap((hit, index) => (relevant.includes(hit) ? [index + 1] : []))
}

function gainAt(rank: number): number {
  return 1 / Math.log2(rank + 1)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
