import type { RankedHit } from '../text/ranked-hit.ts'
import { type FusionWeight, fuse } from './fuse.ts'

/**
 * Fuses the hits of both arms into one order. The passages of a hit alternate between the arms, best first.
 */
export function fuseHits(
  words: RankedHit[],
  meaning: RankedHit[],
  weight: FusionWeight,
): RankedHit[] {
  const byWords = new Map(words.map((hit) => [hit.key, hit]))
  const byMeaning = new Map(meaning.map((hit) => [hit.key, hit]))
  const [first, second] = weight > 0.5 ? [byMeaning, byWords] : [byWords, byMeaning]
  return fuse(words, meaning, weight).map(({ key, score }) => {
    const hit = first.get(key)
    const other = second.get(key)
    if (!hit || !other) return { ...((hit ?? other) as RankedHit), score }
    return { ...hit, score, passageIds: inTurns(hit.passageIds, other.passageIds) }
  })
}

function inTurns(first: string[], second: string[]): string[] {
  const longest = Math.max(first.length, second.length)
  const turns = Array.from({ length: longest }, (_, index) => [
    first[index] ?? [],
    second[index] ?? [],
  ])
  return [...new Set(turns.flat(2))]
}
