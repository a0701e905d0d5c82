/**
 * Ranks the results of a search by words, from counts alone. Each weight was measured on judged queries;
 * `docs/search-ranking.md` lists the gain of each, and what had no effect.
 */

/** A lexeme of the query. */
interface RankedLexeme {
  /** Number of passages in scope that contain it: all counted passages, not only the candidates. */
  passages: number
  /** Number of occurrences in the query, at least 1. */
  frequency: number
}

/** A passage that contains a lexeme of the query. */
export interface RankedPassage {
  id: string
  /** The owner that becomes a hit: a pull request or a repository. */
  group: string
  isCommit: boolean
  /** True if a bot wrote it, or if it is minimized on GitHub. */
  isDemoted: boolean
  /** Number of words, including the title. */
  length: number
  /** Occurrences of each lexeme of the query, including those in the title, path, number and oid. */
  counts: ArrayLike<number>
  /** Occurrences in its title; null for a passage without one. */
  title: { counts: ArrayLike<number>; length: number } | null
}

export interface Ranking {
  lexemes: RankedLexeme[]
  candidates: RankedPassage[]
  /** Number of passages in scope. */
  passages: number
  /** Average number of words of a passage, of a title and of all passages of a group, over the scope. */
  averages: { passage: number; title: number; group: number }
  /** Total words of each group; for a missing group, only the candidates count. */
  groupLengths: Map<string, number>
}

export interface RankedGroup {
  group: string
  score: number
  /** The best first. */
  passages: { id: string; score: number }[]
}

// BM25 parameters: how soon repeating a word stops adding to the score, and how much length lowers it.
const K = 1.2
const B = 0.75
// Bots repeat themselves and others, and what is minimized is off topic, outdated or resolved: both rank below
// the rest.
const DEMOTED_FACTOR = 0.5

/** Weights of the parts of a group's score, relative to its best passage. */
export const FIELD_WEIGHTS = { title: 2, best: 1, commit: 0.5, conversation: 0.5 }

interface Group {
  title: number
  best: number
  bestCommit: number
  counts: number[]
  length: number
  passages: { id: string; score: number }[]
}

/**
 * Ranks groups by score, best first; groups with equal scores keep the order of their first candidates.
 *
 * A score is the weighted sum of the BM25 scores of the title, the best passage, the best commit message,
 * and all candidates of the group taken as one text. Takes about 1 ms for 3,000 candidates and 32 lexemes.
 */
export function rankGroups(ranking: Ranking, shares = FIELD_WEIGHTS): RankedGroup[] {
  const { averages, groupLengths, candidates } = ranking
  const weights = ranking.lexemes.map((lexeme) => weightOf(lexeme, ranking.passages))
  const groups = new Map<string, Group>()
  for (const candidate of candidates) {
    const group = groupOf(groups, candidate.group, weights.length)
    const share = candidate.isDemoted ? DEMOTED_FACTOR : 1
    const score =
      share * bm25(weights, candidate.counts, lengthNorm(candidate.length, averages.passage))
    group.passages.push({ id: candidate.id, score })
    group.best = Math.max(group.best, score)
    if (candidate.isCommit) group.bestCommit = Math.max(group.bestCommit, score)
    group.length += candidate.length
    for (let index = 0; index < weights.length; index++)
      group.counts[index] = (group.counts[index] as number) + share * (candidate.counts[index] ?? 0)
    const { title } = candidate
    if (title)
      group.title = share * bm25(weights, title.counts, lengthNorm(title.length, averages.title))
  }
  return [...groups]
    .map(([name, { title, best, bestCommit, counts, length, passages }]) => {
      const size = lengthNorm(groupLengths.get(name) ?? length, averages.group)
      const conversation = bm25(weights, counts, size)
      return {
        group: name,
        score:
          shares.title * title +
          shares.best * best +
          shares.commit * bestCommit +
          shares.conversation * conversation,
        passages: passages.sort((a, b) => b.score - a.score),
      }
    })
    .sort((a, b) => b.score - a.score)
}

/**
 * Returns the weight of a lexeme. Rare words weigh more; repetition in the query adds weight less than
 * proportionally.
 */
export function weightOf({ passages, frequency }: RankedLexeme, all: number): number {
  return Math.sqrt(frequency) * Math.log(1 + (Math.max(0, all - passages) + 0.5) / (passages + 0.5))
}

// The average is 0 if the texts have only stop words.
function lengthNorm(length: number, average: number): number {
  return length / Math.max(1, average)
}

/** @param size length of the text relative to the average. */
function bm25(weights: number[], counts: ArrayLike<number>, size: number): number {
  const norm = K * (1 - B + B * size)
  let score = 0
  for (let index = 0; index < weights.length; index++) {
    const count = counts[index] as number
    if (count > 0) score += ((weights[index] as number) * count * (K + 1)) / (count + norm)
  }
  return score
}

function groupOf(groups: Map<string, Group>, name: string, lexemes: number): Group {
  const known = groups.get(name)
  if (known) return known
  const counts = new Array<number>(lexemes).fill(0)
  const group = { title: 0, best: 0, bestCommit: 0, counts, length: 0, passages: [] }
  groups.set(name, group)
  return group
}
