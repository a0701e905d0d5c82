/** Both arms of a search in memory, for experiments with fusion: BM25, and a comparison with every vector. */

import { groupPassages } from '#app/search/fusion/fuse.ts'
import type { Scored } from '#app/search/text/ranked-hit.ts'
import { wordsOf } from '#app/search/text/words.ts'
import type { CorpusPassage } from './corpus.ts'

/** @param hidden returns true for passages to leave out. */
export type Arm = (
  asked: { text: string; vector: Float32Array },
  hidden?: (passage: CorpusPassage) => boolean,
) => Scored[]

const K1 = 1.2
const B = 0.75
const FALLING = [1, 0.3, 0.15]
const FOUND = 100
const PASSAGES = 200
// More than `PASSAGES`, because passages of one pull request are hidden.
const SEEN = 300

export function openLexicalArm(corpus: CorpusPassage[]): Arm {
  const postings = new Map<string, Map<number, number>>()
  const lengths = corpus.map(({ text }, index) => {
    const words = wordsOf(text)
    for (const { lexeme } of words) {
      const posting = postings.get(lexeme) ?? new Map<number, number>()
      postings.set(lexeme, posting)
      posting.set(index, (posting.get(index) ?? 0) + 1)
    }
    return words.length
  })
  const average = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  return ({ text }, hidden) => {
    const scores = new Map<number, number>()
    for (const lexeme of new Set(wordsOf(text).map((word) => word.lexeme))) {
      const posting = postings.get(lexeme)
      if (!posting) continue
      const idf = Math.log(1 + (corpus.length - posting.size + 0.5) / (posting.size + 0.5))
      for (const [index, count] of posting) {
        const norm = K1 * (1 - B + (B * (lengths[index] as number)) / average)
        scores.set(index, (scores.get(index) ?? 0) + (idf * count * (K1 + 1)) / (count + norm))
      }
    }
    return sumBest(corpus, scores, hidden)
  }
}

function sumBest(
  corpus: CorpusPassage[],
  scores: Map<number, number>,
  hidden?: (passage: CorpusPassage) => boolean,
): Scored[] {
  const byPull = new Map<string, number[]>()
  for (const [index, score] of scores) {
    const passage = corpus[index] as CorpusPassage
    if (hidden?.(passage)) continue
    const all = byPull.get(passage.pullRequest) ?? []
    byPull.set(passage.pullRequest, all)
    all.push(score)
  }
  const sum = (all: number[]) =>
    all
      .sort((a, b) => b - a)
      .slice(0, FALLING.length)
      .reduce((total, score, index) => total + score * (FALLING[index] as number), 0)
  return [...byPull]
    .map(([key, all]) => ({ key, score: sum(all) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, FOUND)
}

/** Caches the results of an arm, which are the same for each provider of vectors. */
export function rememberArm(arm: Arm): Arm {
  const known = new Map<unknown, Scored[]>()
  return (asked, hidden) => {
    const key = hidden ?? asked.text
    const found = known.get(key) ?? arm(asked, hidden)
    known.set(key, found)
    return found
  }
}

export function openVectorArm(corpus: CorpusPassage[], vectors: Float32Array[]): Arm {
  return ({ vector }, hidden) => {
    const similarities = new Float32Array(vectors.length)
    for (let index = 0; index < vectors.length; index++)
      similarities[index] = dot(vectors[index] as Float32Array, vector)
    const least = similarities.slice().sort().at(-SEEN) ?? -1
    const nearest: [index: number, similarity: number][] = []
    for (const [index, similarity] of similarities.entries())
      if (similarity >= least) nearest.push([index, similarity])
    nearest.sort(([, a], [, b]) => b - a)
    const found = nearest
      .map(([index, similarity]) => ({ passage: corpus[index] as CorpusPassage, similarity }))
      .filter(({ passage }) => !hidden?.(passage))
      .map(({ passage, similarity }) => ({ key: passage.pullRequest, similarity }))
    return groupPassages(found.slice(0, PASSAGES))
  }
}

/**
 * Computes the dot product; the length must be a multiple of four. Four separate sums take half the time of
 * one.
 */
function dot(a: Float32Array, b: Float32Array): number {
  let [one, two, three, four] = [0, 0, 0, 0]
  for (let index = 0; index < a.length; index += 4) {
    one += (a[index] as number) * (b[index] as number)
    two += (a[index + 1] as number) * (b[index + 1] as number)
    three += (a[index + 2] as number) * (b[index + 2] as number)
    four += (a[index + 3] as number) * (b[index + 3] as number)
  }
  return one + two + three + four
}
