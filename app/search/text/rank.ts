/**
 * The order of what was found by words, from counts alone. Each weight was measured on judged queries:
 * `docs/search-ranking.md` says what each gives, and what gave nothing.
 */

/** A lexeme of the query. */
interface RankedLexeme {
  /** Passages in scope that hold it: all that were counted, not only the candidates. */
  passages: number
  /** How often the query says it, from 1. */
  frequency: number
}

/** A passage that holds a lexeme of the query. */
export interface Candidate {
  id: string
  /** What becomes a hit: a pull request or a repository. */
  group: string
  isCommit: boolean
  isBot: boolean
  /** Words; those of the title too. */
  length: number
  /** How often each lexeme of the query stands in it: in its title, its path, number and oid too. */
  counts: ArrayLike<number>
  /** How often its title does; null of a passage without one. */
  title: { counts: ArrayLike<number>; length: number } | null
}

export interface Ranking {
  lexemes: RankedLexeme[]
  candidates: Candidate[]
  /** Of the scope. */
  passages: number
  /** Words of all passages of the scope, and of all its titles. */
  averages: { passage: number; title: number; group: number }
  /** Words of all passages of a group, by group; of one that is missing only candidates count. */
  groupLengths: Map<string, number>
}

export interface RankedGroup {
  group: string
  score: number
  /** The best first. */
  passages: { id: string; score: number }[]
}

// How fast more of the same word stops to matter, and how much a long text is held against it.
const K = 1.2
const B = 0.75
// Bots repeat themselves and others: what they say is found after what people say.
const BOT = 0.5

/** What each part adds to a score, in scores of the best passage. */
export const WEIGHTS = { title: 2, best: 1, commit: 0.5, whole: 0.5 }

interface Group {
  title: number
  best: number
  bestCommit: number
  counts: number[]
  length: number
  passages: { id: string; score: number }[]
}

/**
 * Groups by their score, the best first; those of one score stay in the order of their first candidates.
 *
 * A score is the sum, weighted, of those of the title, the best passage, the best commit message, and all
 * candidates of the group as one text; each of these is BM25. Takes about
 * 1 ms for 3,000 candidates and 32 lexemes.
 */
export function rankGroups(ranking: Ranking, shares = WEIGHTS): RankedGroup[] {
  const { averages, groupLengths, candidates } = ranking
  const weights = ranking.lexemes.map((lexeme) => weightOf(lexeme, ranking.passages))
  const groups = new Map<string, Group>()
  for (const candidate of candidates) {
    const group = groupOf(groups, candidate.group, weights.length)
    const share = candidate.isBot ? BOT : 1
    const score =
      share * bm25(weights, candidate.counts, sizeOf(candidate.length, averages.passage))
    group.passages.push({ id: candidate.id, score })
    group.best = Math.max(group.best, score)
    if (candidate.isCommit) group.bestCommit = Math.max(group.bestCommit, score)
    group.length += candidate.length
    for (let at = 0; at < weights.length; at++)
      group.counts[at] = (group.counts[at] as number) + share * (candidate.counts[at] ?? 0)
    const { title } = candidate
    if (title)
      group.title = share * bm25(weights, title.counts, sizeOf(title.length, averages.title))
  }
  return [...groups]
    .map(([name, { title, best, bestCommit, counts, length, passages }]) => {
      const size = sizeOf(groupLengths.get(name) ?? length, averages.group)
      const whole = bm25(weights, counts, size)
      return {
        group: name,
        score:
          shares.title * title +
          shares.best * best +
          shares.commit * bestCommit +
          shares.whole * whole,
        passages: passages.sort((a, b) => b.score - a.score),
      }
    })
    .sort((a, b) => b.score - a.score)
}

/** Rare words tell more; what a query repeats matters more, but not in proportion. */
export function weightOf({ passages, frequency }: RankedLexeme, all: number): number {
  return Math.sqrt(frequency) * Math.log(1 + (Math.max(0, all - passages) + 0.5) / (passages + 0.5))
}

// Texts of stop words alone have no average.
function sizeOf(length: number, average: number): number {
  return length / Math.max(1, average)
}

/** @param size the text's length in average lengths. */
function bm25(weights: number[], counts: ArrayLike<number>, size: number): number {
  const norm = K * (1 - B + B * size)
  let score = 0
  for (let at = 0; at < weights.length; at++) {
    const count = counts[at] as number
    if (count > 0) score += ((weights[at] as number) * count * (K + 1)) / (count + norm)
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
