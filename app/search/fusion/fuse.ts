/** Fuses two rankings of the same items: by words, and by the vectors of passages. */
import type { Scored } from '../text/ranked-hit.ts'

/** From 0 (the lexical arm alone) to 1 (the vector arm alone). */
export type FusionWeight = number

// The score at this rank of an arm is its floor: an item deep in the list is as good as not found.
const DEPTH = 100
const FALLING = [1, 0.3, 0.15]

/**
 * Scores each item by its passages. The best passage counts fully and the next two a little, so that an
 * item with three matches ranks above one with a single match.
 *
 * @param passages with similarities from -1 to 1.
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
  return FALLING.reduce((sum, weight, index) => sum + weight * ((best[index] ?? floor) - floor), 0)
}

/**
 * Fuses by a weighted sum of the arms' normalised scores. An item that an arm did not find gets nothing
 * from it. With a weight of 0 or 1 the order is that of the one arm, followed by the items that only the
 * other arm found, best first.
 *
 * @returns all items that either arm found, best first.
 */
export function fuse(lexical: Scored[], vector: Scored[], weight: FusionWeight): Scored[] {
  if (weight <= 0) return append(normaliseScores(lexical), normaliseScores(vector))
  if (weight >= 1) return append(normaliseScores(vector), normaliseScores(lexical))
  const scores = new Map<string, number>()
  for (const { key, score } of normaliseScores(lexical)) scores.set(key, (1 - weight) * score)
  for (const { key, score } of normaliseScores(vector))
    scores.set(key, (scores.get(key) ?? 0) + weight * score)
  return [...scores].map(([key, score]) => ({ key, score })).sort(byScore)
}

function append(first: Scored[], second: Scored[]): Scored[] {
  const keys = new Set(first.map(({ key }) => key))
  const others = second.filter(({ key }) => !keys.has(key))
  return [...first, ...others.map(({ key, score }) => ({ key, score: score - 1 }))]
}

/**
 * Scales the scores to between 0 (the floor) and 1 (the best). The floor is the score at rank `DEPTH`, or
 * the last score of a shorter list, so that the length of a list does not change the scores at its top.
 */
function normaliseScores(scored: Scored[]): Scored[] {
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

/** Breaks ties by the key to keep the order stable. */
function byScore(a: Scored, b: Scored): number {
  if (a.score !== b.score) return b.score - a.score
  return a.key < b.key ? -1 : 1
}
