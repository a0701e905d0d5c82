import type { RankedHit } from '../text/ranked-hit.ts'
import { type FusionWeight, fuse } from './fuse.ts'
import type { MeaningHit } from './rank-by-meaning.ts'

/**
 * Fuses the hits of both arms into one order. The passages of a hit alternate between the arms, best first.
 *
 * @param floor similarity below which a hit needs words as well: the nearest of all vectors may be far away.
 */
export function fuseHits(
  words: RankedHit[],
  meaning: MeaningHit[],
  { weight, floor }: { weight: FusionWeight; floor: number },
): RankedHit[] {
  const byWords = new Map(words.map((hit) => [hit.key, hit]))
  const byMeaning = new Map(meaning.map((hit) => [hit.key, hit]))
  const [first, second] = weight > 0.5 ? [byMeaning, byWords] : [byWords, byMeaning]
  return fuse(words, meaning, weight).flatMap(({ key, score }) => {
    const hit = first.get(key)
    const other = second.get(key)
    const similarity = byMeaning.get(key)?.similarity ?? -1
    if (!byWords.has(key) && similarity < floor) return []
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
