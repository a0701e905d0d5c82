import { fuse, type Weight } from './fuse.ts'
import type { RankedHit } from './ranked-hit.ts'

/** What either arm found, in the order of both; of each hit the best passages of both, in turns. */
export function fuseHits(words: RankedHit[], meaning: RankedHit[], weight: Weight): RankedHit[] {
  const byWords = new Map(words.map((hit) => [hit.key, hit]))
  const byMeaning = new Map(meaning.map((hit) => [hit.key, hit]))
  return fuse(words, meaning, weight).map(({ key, score }) => {
    const arms = [byWords.get(key), byMeaning.get(key)].flatMap((hit) => hit ?? [])
    if (weight > 0.5) arms.reverse()
    return {
      ...(arms[0] as RankedHit),
      score,
      passageIds: inTurns(arms.map((hit) => hit.passageIds)),
    }
  })
}

function inTurns(lists: string[][]): string[] {
  const longest = Math.max(...lists.map((list) => list.length))
  const turns = Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? []))
  return [...new Set(turns.flat())]
}
