/** A search by words over passages in memory, with the same results as in the database. */
import type { RankedPassage, Ranking } from '#app/search/text/rank.ts'
import { wordsOf } from '#app/search/text/words.ts'
import type { CorpusPassage } from './corpus.ts'

const MOST_LEXEMES = 32

interface Posting {
  passage: number
  count: number
  inTitle: number
}

interface Indexed {
  group: string
  isCommit: boolean
  length: number
  titleLength: number | null
}

export interface MemoryIndex {
  postings: Map<string, Posting[]>
  passages: Indexed[]
  groupLengths: Map<string, number>
  averages: { passage: number; title: number; group: number }
}

export function indexPassages(corpus: CorpusPassage[]): MemoryIndex {
  const postings = new Map<string, Posting[]>()
  const groupLengths = new Map<string, number>()
  const passages = corpus.map((said, passage) => {
    const { indexed, counts } = countWords(said)
    for (const [lexeme, count] of counts) {
      const posting = { passage, ...count }
      const all = postings.get(lexeme)
      if (all) all.push(posting)
      else postings.set(lexeme, [posting])
    }
    groupLengths.set(indexed.group, (groupLengths.get(indexed.group) ?? 0) + indexed.length)
    return indexed
  })
  const titles = passages.flatMap(({ titleLength }) => titleLength ?? [])
  const averages = {
    passage: average(passages.map(({ length }) => length)),
    title: average(titles),
    group: average([...groupLengths.values()]),
  }
  return { postings, passages, groupLengths, averages }
}

/** Counts the words. Words of the path, number and oid count, but do not add to the length. */
function countWords(said: CorpusPassage) {
  const counts = new Map<string, { count: number; inTitle: number }>()
  const add = (lexeme: string, isTitle: boolean) => {
    const known = counts.get(lexeme) ?? { count: 0, inTitle: 0 }
    counts.set(lexeme, known)
    known.count++
    if (isTitle) known.inTitle++
  }
  const hasTitle = said.kind === 'description' && said.part === 0
  const titleEnd = hasTitle ? endOfLine(said.text) : 0
  const words = wordsOf(said.text)
  for (const { lexeme, start } of words) add(lexeme, start < titleEnd)
  for (const { lexeme } of wordsOf(`${said.path ?? ''} ${said.oid ?? ''}`)) add(lexeme, false)
  if (hasTitle) {
    const [number] = wordsOf(said.pullRequest.replace(/.*#/, '#'))
    if (number) add(number.lexeme, true)
  }
  const counted = words.filter((word) => !word.isCompound)
  const indexed: Indexed = {
    group: said.pullRequest,
    isCommit: said.kind === 'commit',
    length: counted.length,
    titleLength: hasTitle ? counted.filter((word) => word.start < titleEnd).length : null,
  }
  return { indexed, counts }
}

function endOfLine(text: string): number {
  const end = text.indexOf('\n')
  return end < 0 ? text.length : end
}

function average(values: number[]): number {
  return values.reduce((total, value) => total + value, 0) / Math.max(1, values.length)
}

/** @param most candidates: adds the passages of the rarest lexemes until the limit is reached. */
export function askMemory(index: MemoryIndex, query: string, most: number): Ranking {
  const frequencies = new Map<string, number>()
  for (const { lexeme } of wordsOf(query))
    frequencies.set(lexeme, (frequencies.get(lexeme) ?? 0) + 1)
  const lexemes = [...frequencies]
    .map(([lexeme, frequency]) => ({ frequency, found: index.postings.get(lexeme) ?? [] }))
    .filter(({ found }) => found.length > 0)
    .sort((a, b) => a.found.length - b.found.length)
    .slice(0, MOST_LEXEMES)
  const found = lexemes.map((lexeme) => lexeme.found)
  return {
    lexemes: lexemes.map(({ frequency, found }) => ({ frequency, passages: found.length })),
    candidates: candidatesOf(index, found, most),
    passages: index.passages.length,
    averages: index.averages,
    groupLengths: index.groupLengths,
  }
}

function candidatesOf(index: MemoryIndex, lexemes: Posting[][], most: number): RankedPassage[] {
  const candidates = new Map<number, RankedPassage>()
  let held = 0
  for (const found of lexemes) {
    held += found.length
    if (held > most && candidates.size > 0) break
    for (const { passage } of found.slice(0, most))
      if (!candidates.has(passage))
        candidates.set(passage, candidateOf(index, passage, lexemes.length))
  }
  for (const [index, found] of lexemes.entries())
    for (const { passage, count, inTitle } of found) {
      const candidate = candidates.get(passage)
      if (!candidate) continue
      ;(candidate.counts as number[])[index] = count
      if (candidate.title) (candidate.title.counts as number[])[index] = inTitle
    }
  return [...candidates.values()]
}

function candidateOf(index: MemoryIndex, passage: number, lexemes: number): RankedPassage {
  const { group, isCommit, length, titleLength } = index.passages[passage] as Indexed
  const counts = () => new Array<number>(lexemes).fill(0)
  const title = titleLength === null ? null : { counts: counts(), length: titleLength }
  return { id: String(passage), group, isCommit, isDemoted: false, length, counts: counts(), title }
}
