import type { Scored } from '../text/ranked-hit.ts'
import { type FusionWeight, fuse } from './fuse.ts'

/** The weights to try. The first is the lexical arm alone, the last the vector arm alone. */
export const VECTOR_WEIGHTS: readonly FusionWeight[] = [
  0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
]

/** Length class of a question: vectors deserve a different weight for short questions than for long ones. */
export type Length = 'short' | 'long'

export interface WeightChoice {
  weight: FusionWeight
  /** Mean reciprocal ranks of each arm alone and of the chosen weight. */
  measured: { lexical: number; vector: number; fused: number }
  /** Number of questions asked. */
  sample: number
}

// Fewer questions prove nothing.
const LEAST_SAMPLE = 30
// A gain must be this many times its standard error: the best of many weights looks better than it is.
const SURE = 2
// A known-item search by a pull request's own words overrates vectors: where they are barely better than
// words here, they are worse for other people's words. docs/search-fusion.md has an example.
const MARGIN = 0.1

const SHORT_WORDS = 16

export function lengthOf(text: string): Length {
  return text.trim().split(/\s+/).length <= SHORT_WORDS ? 'short' : 'long'
}

/** Returns the reciprocal rank (1 / rank) of the wanted item for each of the weights. */
export function reciprocalRanks(lexical: Scored[], vector: Scored[], key: string): number[] {
  return VECTOR_WEIGHTS.map((weight) => {
    const index = fuse(lexical, vector, weight).findIndex((one) => one.key === key)
    return index < 0 ? 0 : 1 / (index + 1)
  })
}

/**
 * Chooses the weight with the best mean rank if it is significantly better than the better arm alone;
 * otherwise that arm. To replace words alone, it must also be better by a margin.
 *
 * @param ranks the result of `reciprocalRanks` for each question.
 */
export function chooseWeight(ranks: number[][]): WeightChoice {
  const last = VECTOR_WEIGHTS.length - 1
  const means = VECTOR_WEIGHTS.map((_, index) => mean(ranks.map((one) => one[index] as number)))
  const isWorthIt = (index: number) =>
    isBetter(ranks, index, 0) && (means[index] as number) >= (1 + MARGIN) * (means[0] as number)
  const better = isWorthIt(last) ? last : 0
  const best = means.indexOf(Math.max(...means))
  const chosen = isWorthIt(best) && isBetter(ranks, best, better) ? best : better
  return {
    weight: VECTOR_WEIGHTS[chosen] as number,
    measured: {
      lexical: means[0] as number,
      vector: means[last] as number,
      fused: means[chosen] as number,
    },
    sample: ranks.length,
  }
}

/** Compares by paired differences, which have far less noise than the means. */
function isBetter(ranks: number[][], one: number, than: number): boolean {
  if (ranks.length < LEAST_SAMPLE) return false
  const gains = ranks.map((each) => (each[one] as number) - (each[than] as number))
  const gain = mean(gains)
  const variance = mean(gains.map((each) => (each - gain) ** 2))
  return gain > 0 && gain >= SURE * Math.sqrt(variance / ranks.length)
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1)
}
