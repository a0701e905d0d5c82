import type { Scored } from '../text/ranked-hit.ts'
import { fuse, type Weight } from './fuse.ts'

/** What is tried. The first is the lexical arm alone, the last the vector arm alone. */
export const WEIGHTS: readonly Weight[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]

/** Of how many words a question is: vectors are worth another share beside few words than beside many. */
export type Length = 'short' | 'long'

export interface Choice {
  weight: Weight
  /** Mean reciprocal ranks: of each arm, and of what was chosen. */
  measured: { lexical: number; vector: number; fused: number }
  /** Questions asked. */
  sample: number
}

// Fewer questions tell nothing.
const LEAST_SAMPLE = 30
// A gain must be this many times its standard error: what is chosen among many weights looks better than it is.
const SURE = 2
// What finds a pull request by its own words may not find it by those of others: vectors that are worth little
// more than words here are worth less than them there. docs/search-fusion.md has an example.
const MARGIN = 0.1

const SHORT_WORDS = 16

export function lengthOf(text: string): Length {
  return text.trim().split(/\s+/).length <= SHORT_WORDS ? 'short' : 'long'
}

/** How well what is looked for is found: 1 / rank, for each of the weights. */
export function reciprocalRanks(lexical: Scored[], vector: Scored[], key: string): number[] {
  return WEIGHTS.map((weight) => {
    const at = fuse(lexical, vector, weight).findIndex((one) => one.key === key)
    return at < 0 ? 0 : 1 / (at + 1)
  })
}

/**
 * The weight that finds best, where it is surely better than the better arm alone; else that arm. To be
 * chosen over words alone it must be better by a margin, too.
 *
 * @param ranks of each question those of `reciprocalRanks`.
 */
export function chooseWeight(ranks: number[][]): Choice {
  const last = WEIGHTS.length - 1
  const means = WEIGHTS.map((_, at) => mean(ranks.map((one) => one[at] as number)))
  const isWorthIt = (at: number) =>
    isBetter(ranks, at, 0) && (means[at] as number) >= (1 + MARGIN) * (means[0] as number)
  const better = isWorthIt(last) ? last : 0
  const best = means.indexOf(Math.max(...means))
  const chosen = isWorthIt(best) && isBetter(ranks, best, better) ? best : better
  return {
    weight: WEIGHTS[chosen] as number,
    measured: {
      lexical: means[0] as number,
      vector: means[last] as number,
      fused: means[chosen] as number,
    },
    sample: ranks.length,
  }
}

/** By paired differences, which have far less noise than the means. */
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
