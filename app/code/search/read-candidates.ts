import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { orQuery, type SoughtLexeme } from '#app/search/text/lexemes.ts'
import { type ChunkFilters, chunkConditions } from './chunk-conditions.ts'
import { FIELDS, type RankedChunk } from './rank-chunks.ts'
import { TEST_PATH } from './tests-of-code.ts'

/** Maximum number of chunks that are scored. */
const CANDIDATES = 3_000
/** With fewer chunks than this, the search is extended to a common word. */
const FEW = 50

export interface CandidateSearch extends ChunkFilters {
  /** The rarest first. */
  lexemes: SoughtLexeme[]
  chunksWith: (of: SoughtLexeme) => number
  /** True if tests rank below what they test. */
  demotes: boolean
}

/** Returns chunks with the rarest words of the query, or with two of the common ones. */
export async function readCandidates(
  db: Queryable,
  search: CandidateSearch,
): Promise<RankedChunk[]> {
  const { rare, common } = divide(search)
  const [first, second] = common
  const pair = first && second ? [`(${orQuery([first])} & ${orQuery([second])})`] : []
  const any = [...(rare.length > 0 ? [orQuery(rare)] : []), ...pair].join(' | ')
  const found = any === '' ? [] : await readMatches(db, search, any)
  if (found.length >= FEW || !first) return found
  const known = new Set(found.map(({ id }) => id))
  const others = await readMatches(db, search, orQuery([first]))
  return [...found, ...others.filter(({ id }) => !known.has(id))]
}

/** Selects the rarest lexemes as long as their chunks stay within the limit. */
function divide({ lexemes, chunksWith }: CandidateSearch): {
  rare: SoughtLexeme[]
  common: SoughtLexeme[]
} {
  let chunks = 0
  const end = lexemes.findIndex((one) => {
    chunks += chunksWith(one)
    return chunks > CANDIDATES
  })
  const count = end < 0 ? lexemes.length : end
  return { rare: lexemes.slice(0, count), common: lexemes.slice(count, count + 2) }
}

/** The columns of all matches as comma-separated lists, since thousands of rows take several times as long. */
interface ChunkColumns {
  ids: string | null
  files: string
  demoted: string
  lengths: string
  /** Of all lexemes, chunk by chunk. */
  counts: string
}

// Arguments of `ts_rank_cd` for one lexeme, which sums the weights of its positions: {D, C, B, A}.
const SCALE = FIELDS.symbol
const WEIGHTS = `'{${FIELDS.text / SCALE}, 0, ${FIELDS.path / SCALE}, 1}'`

async function readMatches(
  db: Queryable,
  search: CandidateSearch,
  any: string,
): Promise<RankedChunk[]> {
  const parameters = parametersOf([any])
  const { bind, values } = parameters
  const { lexemes, demotes } = search
  // Most words are missing from most chunks, and the match is cheaper than a count of zero.
  const counts = lexemes.map((one) => {
    const lexeme = `${bind(orQuery([one]))}::tsquery`
    return `case when c.words @@ ${lexeme} then ${SCALE} * ts_rank_cd(${WEIGHTS}, c.words, ${lexeme}) else 0 end`
  })
  const isDemoted = demotes ? `(f.path ~* ${bind(TEST_PATH)}::text)::int` : '0'
  const { rows } = await db.query<ChunkColumns>(
    `with found as materialized (
       select c.id, c.file_id, c.length, array[${counts}] as counts,
         ${isDemoted} as is_demoted
       from code_chunk c join code_ref r on r.id = c.ref_id join code_file f on f.id = c.file_id
       where c.words @@ $1::tsquery and ${chunkConditions(search, parameters)}
       limit ${2 * CANDIDATES})
     select ${column('id')} as ids, ${column('file_id')} as files, ${column('is_demoted')} as demoted,
       ${column('length')} as lengths, ${column('counts')} as counts
     from found`,
    values,
  )
  return chunksOf(rows[0] as ChunkColumns, lexemes.length)
}

function column(value: string): string {
  return `array_to_string(array_agg(${value}), ',')`
}

function chunksOf(columns: ChunkColumns, lexemes: number): RankedChunk[] {
  if (columns.ids === null) return []
  const files = columns.files.split(',')
  const demoted = columns.demoted.split(',')
  const lengths = columns.lengths.split(',')
  const counts = columns.counts.split(',').map(Number)
  return columns.ids.split(',').map((id, index) => ({
    id,
    file: files[index] as string,
    isDemoted: demoted[index] === '1',
    length: Number(lengths[index]),
    counts: counts.slice(index * lexemes, (index + 1) * lexemes),
  }))
}
