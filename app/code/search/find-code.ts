/** Finds chunks of code by words, and by vectors where they count. */
import type { Scope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isCurrentFile, notForgotten } from '#app/database/predicates.ts'
import { fuse } from '#app/search/fusion/fuse.ts'
import { isStopWord } from '#app/search/query/stop-words.ts'
import type { SoughtLexeme } from '#app/search/text/lexemes.ts'
import { codeWords } from '../chunks/code-words.ts'
import { countsOf, type ReadableRefId, readCodeRefs, readWordCounts } from './code-refs.ts'
import { type Meaning, type NearChunk, readNearChunks } from './near-chunks.ts'
import { type ParsedCodeQuery, parseCodeQuery } from './parse-code-query.ts'
import { rankChunks, type ScoredChunk } from './rank-chunks.ts'
import { readCandidates } from './read-candidates.ts'
import { asksForTests } from './tests-of-code.ts'

export interface CodeQuery {
  /** Words, and qualifiers: `repo:`, `lang:`, `path:`, `symbol:`, `ref:`. */
  text: string
  /** Hits at the most, 1 to 50. */
  limit: number
  /** Only what the queries of this project search: its own datasets, and shared ones. */
  project?: string | undefined
  dataset?: string | undefined
  /** `owner/name` */
  repository?: string | undefined
  branch?: string | undefined
  /** A part of a path, or a glob. */
  path?: string | undefined
  language?: string | undefined
}

export interface CodeHit {
  /** `owner/name` */
  repository: string
  path: string
  startLine: number
  endLine: number
  symbol: string | null
  language: string | null
  text: string
  score: number
  branch: string
  oid: string
}

const MOST_LEXEMES = 32
/** Hits of one file. */
const PER_FILE = 3
/** Hits that are read for each one that is returned: branches have most of their code in common. */
const READ_PER_HIT = 3

/**
 * Returns the chunks that match best, at most three of a file. Only refs in scope are read and counted, so
 * neither hits nor scores tell of others.
 */
export async function findCode(
  db: Queryable,
  scope: Scope,
  query: CodeQuery,
  meaning: Meaning | null = null,
): Promise<CodeHit[]> {
  const parsed = withFields(parseCodeQuery(query.text), query)
  const sought = soughtIn(parsed)
  if (sought.length === 0) return []
  const refs = await readCodeRefs(db, scope, { ...query, repo: parsed.repo, ref: parsed.ref })
  if (refs.length === 0) return []
  const counts = await readWordCounts(
    db,
    refs,
    sought.map(({ lexeme }) => lexeme),
  )
  const chunksWith = countsOf(counts)
  const lexemes = sought.toSorted((a, b) => chunksWith(a) - chunksWith(b)).slice(0, MOST_LEXEMES)
  const search = { refs, lexemes, chunksWith, demotes: !asksForTests(parsed), ...parsed }
  const ranked = rankChunks({
    lexemes: lexemes.map((one) => ({ chunks: chunksWith(one), frequency: one.count })),
    candidates: await readCandidates(db, search),
    chunks: counts.chunks,
    averageLength: counts.length,
  })
  const near = meaning
    ? await readNearChunks(
        db,
        meaning,
        search,
        ranked.map(({ id }) => id),
      )
    : []
  const fused = meaning ? fuseChunks(ranked, near, meaning) : ranked
  const best = fewOfFile(fused).slice(0, READ_PER_HIT * query.limit)
  return withoutCopies(await readHits(db, refs, best)).slice(0, query.limit)
}

function withFields(
  parsed: ParsedCodeQuery,
  { path, language, repository, branch }: CodeQuery,
): ParsedCodeQuery {
  return {
    ...parsed,
    path: path ? [path] : parsed.path,
    lang: language ? [language] : parsed.lang,
    repo: repository ? [repository] : parsed.repo,
    ref: branch ? [branch] : parsed.ref,
  }
}

/**
 * Returns the distinct words of a query, without stop words if it has others. A query of qualifiers alone is
 * searched by their words.
 */
function soughtIn({ text, symbol, path }: ParsedCodeQuery): SoughtLexeme[] {
  const all = codeWords([text, ...symbol].join(' '))
  const meant = all.filter((word) => !isStopWord(word))
  const words = [meant, all].find(({ length }) => length > 0) ?? codeWords(path.join(' '))
  const sought = new Map<string, SoughtLexeme>()
  for (const lexeme of words) {
    const known = sought.get(lexeme)
    if (known) known.count++
    else sought.set(lexeme, { lexeme, count: 1, isCompound: false })
  }
  return [...sought.values()]
}

/** A chunk that only its vector finds has to be near. */
function fuseChunks(
  ranked: ScoredChunk[],
  near: NearChunk[],
  { weight, floor }: Meaning,
): ScoredChunk[] {
  const byWords = new Set(ranked.map(({ id }) => id))
  const meant = near.filter(({ id, similarity }) => byWords.has(id) || similarity >= floor)
  const files = new Map([...ranked, ...meant].map(({ id, file }) => [id, file]))
  return fuse(
    ranked.map(({ id, score }) => ({ key: id, score })),
    meant.map(({ id, similarity }) => ({ key: id, score: similarity })),
    weight,
  ).map(({ key, score }) => ({ id: key, file: files.get(key) as string, score }))
}

function fewOfFile(ranked: ScoredChunk[]): ScoredChunk[] {
  const files = new Map<string, number>()
  return ranked.filter(({ file }) => {
    const earlier = files.get(file) ?? 0
    files.set(file, earlier + 1)
    return earlier < PER_FILE
  })
}

async function readHits(
  db: Queryable,
  refs: ReadableRefId[],
  best: ScoredChunk[],
): Promise<CodeHit[]> {
  const { rows } = await db.query<Omit<CodeHit, 'score'> & { id: string }>(
    `select c.id, r.full_name as repository, f.path, c.start_line, c.end_line, c.symbol, f.language,
       c.text, r.branch, coalesce(r.oid, '') as oid
     from unnest($1::bigint[]) with ordinality one (id, place) join code_chunk c on c.id = one.id
       join code_file f on f.id = c.file_id join code_ref r on r.id = c.ref_id
     where r.id = any($2::bigint[]) and ${notForgotten('r')} and ${isCurrentFile('f', 'r')}
     order by one.place`,
    [best.map(({ id }) => id), refs],
  )
  const scores = new Map(best.map(({ id, score }) => [id, score]))
  return rows.map(({ id, ...hit }) => ({ ...hit, score: scores.get(id) as number }))
}

/** Keeps the best of equal chunks of one path, which several branches and datasets have, and few of each path. */
function withoutCopies(hits: CodeHit[]): CodeHit[] {
  const known = new Map<string, Set<string>>()
  return hits.filter(({ repository, path, text }) => {
    const key = `${repository.toLowerCase()}/${path}`
    const texts = known.get(key) ?? new Set()
    known.set(key, texts)
    if (texts.has(text) || texts.size === PER_FILE) return false
    texts.add(text)
    return true
  })
}
