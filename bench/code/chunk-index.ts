/** Chunks in memory, ranked as in the database, beside SQLite's full-text index (FTS5) of the same chunks. */
import sqlite from '@sqlite.org/sqlite-wasm'
import { codeWords } from '#app/code/chunks/code-words.ts'
import { openChunker } from '#app/code/chunks/open-chunker.ts'
import type { CodeChunk, SourceFile } from '#app/code/chunks/shapes.ts'
import { parseCodeQuery } from '#app/code/search/parse-code-query.ts'
import { FIELDS, RANKING, type RankedChunk, rankChunks } from '#app/code/search/rank-chunks.ts'
import { asksForTests, isTest } from '#app/code/search/tests-of-code.ts'
import { isStopWord } from '#app/search/query/stop-words.ts'

export interface PathChunk extends CodeChunk {
  path: string
}

/** Returns the chunks that match best, best first. */
export type AskChunks = (text: string) => PathChunk[] | Promise<PathChunk[]>

const MOST_LEXEMES = 32
const CANDIDATES = 3_000

export async function cutAll(files: SourceFile[]): Promise<PathChunk[]> {
  const chunker = openChunker({ threads: 2 })
  const cut = await chunker.cut(files)
  await chunker.close()
  return cut.flatMap(({ path, chunks }) => chunks.map((chunk) => ({ ...chunk, path })))
}

interface Posting {
  chunk: number
  count: number
}

export interface Variant {
  ranking?: Partial<typeof RANKING>
  fields?: Partial<typeof FIELDS>
  keepsStopWords?: boolean
}

/** Indexes chunks for the ranking as shipped, or a variant of it. */
export function openRanking(chunks: PathChunk[], variant: Variant = {}): AskChunks {
  const fields = { ...FIELDS, ...variant.fields }
  const postings = new Map<string, Posting[]>()
  const lengths = chunks.map((chunk, at) => {
    const counts = new Map<string, number>()
    const add = (text: string, weight: number) => {
      const words = codeWords(text)
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + weight)
      return words.length
    }
    add(chunk.symbol ?? '', fields.symbol)
    add(chunk.path, fields.path)
    const length = add(chunk.text, fields.text)
    for (const [word, count] of counts) {
      const found = postings.get(word) ?? []
      postings.set(word, found)
      found.push({ chunk: at, count })
    }
    return length
  })
  const averageLength = lengths.reduce((sum, length) => sum + length, 0) / chunks.length
  return (text) => {
    const lexemes = lexemesOf(text, variant.keepsStopWords ?? false)
      .map(([word, frequency]) => ({ frequency, found: postings.get(word) ?? [] }))
      .filter(({ found }) => found.length > 0)
      .sort((a, b) => a.found.length - b.found.length)
      .slice(0, MOST_LEXEMES)
    const candidates = candidatesOf(lexemes.map(({ found }) => found))
    const demotes = !asksForTests(parseCodeQuery(text))
    const ranked = rankChunks(
      {
        lexemes: lexemes.map(({ frequency, found }) => ({ frequency, chunks: found.length })),
        candidates: [...candidates].map(([at, counts]): RankedChunk => {
          const { path } = chunks[at] as PathChunk
          const isDemoted = demotes && isTest(path)
          return { id: String(at), file: path, isDemoted, length: lengths[at] as number, counts }
        }),
        chunks: chunks.length,
        averageLength,
      },
      { ...RANKING, ...variant.ranking },
    )
    return ranked.map(({ id }) => chunks[Number(id)] as PathChunk)
  }
}

function lexemesOf(text: string, keepsStopWords: boolean): [string, number][] {
  const all = codeWords(text)
  const meant = keepsStopWords ? all : all.filter((word) => !isStopWord(word))
  const counts = new Map<string, number>()
  for (const word of meant.length > 0 ? meant : all) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
}

function candidatesOf(lexemes: Posting[][]): Map<number, number[]> {
  const candidates = new Map<number, number[]>()
  let held = 0
  for (const found of lexemes) {
    held += found.length
    if (held > CANDIDATES && candidates.size > 0) break
    for (const { chunk } of found)
      candidates.set(
        chunk,
        lexemes.map(() => 0),
      )
  }
  for (const [at, found] of lexemes.entries())
    for (const { chunk, count } of found) {
      const counts = candidates.get(chunk)
      if (counts) counts[at] = count
    }
  return candidates
}

/** Lucene's stop words; without them, the reference finds less. */
const STOP_WORDS = new Set(
  `a an and are as at be but by for if in into is it no not of on or such that the their then there these
   they this to was will with`.split(/\s+/),
)

/** @param weights of path, symbol and text. */
export async function openReference(chunks: PathChunk[], weights: number[]): Promise<AskChunks> {
  const { oo1 } = await sqlite()
  const db = new oo1.DB()
  db.exec(
    `create virtual table chunk using fts5(path, symbol, text, tokenize = 'porter unicode61')`,
  )
  db.exec('begin')
  const insert = db.prepare('insert into chunk (rowid, path, symbol, text) values (?, ?, ?, ?)')
  for (const [at, { path, symbol, text }] of chunks.entries())
    insert.bind([at, path, symbol ?? '', text]).stepReset()
  insert.finalize()
  db.exec('commit')
  const select = db.prepare(
    `select rowid from chunk where chunk match ? order by bm25(chunk, ${weights}) limit ${CANDIDATES}`,
  )
  return (text) => {
    const words = [...new Set(text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [])].filter(
      (word) => !STOP_WORDS.has(word),
    )
    if (words.length === 0) return []
    select.bind([words.map((word) => `"${word}"`).join(' OR ')])
    const found: PathChunk[] = []
    while (select.step()) found.push(chunks[Number(select.get(0))] as PathChunk)
    select.reset()
    return found
  }
}
