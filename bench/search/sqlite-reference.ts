/**
 * A baseline without Whence: SQLite's full-text index (FTS5) over the same passages, with its own BM25, its
 * Porter stemmer, the words of the query joined by OR, and the best passage of each pull request.
 */
import sqlite from '@sqlite.org/sqlite-wasm'
import type { CorpusPassage } from './corpus.ts'

/** Lucene's stop words; without them, the baseline finds less and takes twice as long. */
const STOP_WORDS = new Set(
  `a an and are as at be but by for if in into is it no not of on or such that the their then there these
   they this to was will with`.split(/\s+/),
)
/** Passages per query; the first ten pull requests take far fewer. */
const PASSAGES = 3_000

interface Reference {
  /** @returns `owner/name#number`, best first. */
  ask(text: string): string[]
  close(): void
}

/**
 * @param titleWeight weight of the pull request's title, which is stored with each passage, relative to the
 *   text.
 */
export async function openReference(
  corpus: CorpusPassage[],
  titleWeight: number,
): Promise<Reference> {
  const { oo1 } = await sqlite()
  const db = new oo1.DB()
  db.exec(`create virtual table passage using fts5(title, text, tokenize = 'porter unicode61')`)
  fill(db, corpus)
  const score = `bm25(passage, ${titleWeight}, 1)`
  const select = db.prepare(
    `select rowid from passage where passage match ? order by ${score} limit ${PASSAGES}`,
  )
  return {
    ask(text) {
      const words = wordsOf(text)
      if (words.length === 0) return []
      select.bind([words.map((word) => `"${word}"`).join(' OR ')])
      const found = new Set<string>()
      while (select.step()) found.add(corpus[Number(select.get(0))]?.pullRequest as string)
      select.reset()
      return [...found]
    },
    close() {
      select.finalize()
      db.close()
    },
  }
}

type Db = InstanceType<Awaited<ReturnType<typeof sqlite>>['oo1']['DB']>

function fill(db: Db, corpus: CorpusPassage[]): void {
  const titles = new Map(
    corpus
      .filter(({ kind, part }) => kind === 'description' && part === 0)
      .map(({ pullRequest, text }) => [pullRequest, text.split('\n')[0] ?? '']),
  )
  db.exec('begin')
  const insert = db.prepare('insert into passage (rowid, title, text) values (?, ?, ?)')
  for (const [index, { pullRequest, text }] of corpus.entries())
    insert.bind([index, titles.get(pullRequest) ?? '', text]).stepReset()
  insert.finalize()
  db.exec('commit')
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
  return [...new Set(words)].filter((word) => !STOP_WORDS.has(word))
}
