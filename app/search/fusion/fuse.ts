/** Two rankings of the same things as one: by words, and by the vectors of passages. */
import type { Scored } from '../text/ranked-hit.ts'

/** From 0, the lexical arm alone, to 1, the vector arm alone. */
export type Weight = number

// Scores below this rank of an arm are its floor: what is deep in its list is as good as not found.
const DEPTH = 100
const FALLING = [1, 0.3, 0.15]

/**
 * The score of each thing from those of its passages, the best first: the best one counts, and two more a
 * little, so that what is said three times comes before what is said once.
 *
 * @param passages of similarities from -1 to 1.
 */
export function groupPassages(passages: { key: string; similarity: number }[]): Scored[] {
  const found = new Map<string, number[]>()
  for (const { key, similarity } of passages) {
    const best = found.get(key) ?? []
    found.set(key, best)
    best.push(similarity)
  }
  const floor = Math.min(...passages.map(({ similarity }) => similarity))
  return [...found]
    .map(([key, similarities]) => ({ key, score: sumFalling(similarities, floor) }))
    .sort(byScore)
}

function sumFalling(similarities: number[], floor: number): number {
  const best = similarities.toSorted((a, b) => b - a)
  return FALLING.reduce((sum, weight, at) => sum + weight * ((best[at] ?? floor) - floor), 0)
}

/**
 * Fuses by a weighted sum of what each arm says, after both are put on one scale. What an arm did not find
 * has nothing from it. With the weight 0 or 1 the order is that of the one arm, and what only the other found
 * comes after it, the best first.
 *
 * @returns all that either found, the best first.
 */
export function fuse(lexical: Scored[], vector: Scored[], weight: Weight): Scored[] {
  if (weight <= 0) return append(normalise(lexical), normalise(vector))
  if (weight >= 1) return append(normalise(vector), normalise(lexical))
  const scores = new Map<string, number>()
  for (const { key, score } of normalise(lexical)) scores.set(key, (1 - weight) * score)
  for (const { key, score } of normalise(vector))
    scores.set(key, (scores.get(key) ?? 0) + weight * score)
  return [...scores].map(([key, score]) => ({ key, score })).sort(byScore)
}

function append(first: Scored[], second: Scored[]): Scored[] {
  const keys = new Set(first.map(({ key }) => key))
  const others = second.filter(({ key }) => !keys.has(key))
  return [...first, ...others.map(({ key, score }) => ({ key, score: score - 1 }))]
}

/**
 * From 0 to 1: the best is 1, the floor 0. The floor is the score of rank `DEPTH`, else of the last: how deep
 * a list is cut does not move what is at its top.
 */
function normalise(scored: Scored[]): Scored[] {
  const sorted = scored.filter(({ score }) => Number.isFinite(score)).sort(byScore)
  const best = sorted[0]?.score ?? 0
  const floor =
    sorted.length > DEPTH ? (sorted[DEPTH - 1]?.score ?? 0) : Math.min(0, sorted.at(-1)?.score ?? 0)
  const range = best - floor
  return sorted.map(({ key, score }) => ({
    key,
    score: range > 0 ? Math.max(0, (score - floor) / range) : 1,
  }))
}

/** Ties are broken by the key, so that an order is the same each time. */
function byScore(a: Scored, b: Scored): number {
  if (a.score !== b.score) return b.score - a.score
  return a.key < b.key ? -1 : 1
}
