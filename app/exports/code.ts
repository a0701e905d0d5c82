/** Reads the indexed code of an export page by page: every chunk of the generations that hold. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { chunkConditions } from '#app/code/search/chunk-conditions.ts'
import { readCodeRefs } from '#app/code/search/code-refs.ts'
import { type ParsedCodeQuery, parseCodeQuery } from '#app/code/search/parse-code-query.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { ExportRow } from './read-rows.ts'

/** A chunk is one line of a megabyte at the most, and so a page at most about 25 MB. */
const PAGE_CHUNKS = 25

/** The SQL expression of each field, in column order. */
export const CODE_FIELDS: Record<string, string> = {
  repository: 'r.full_name',
  branch: 'r.branch',
  oid: 'r.oid',
  path: 'f.path',
  language: 'f.language',
  startLine: 'c.start_line',
  endLine: 'c.end_line',
  symbol: 'c.symbol',
  text: 'c.text',
}

export interface ChosenCode extends Omit<ParsedCodeQuery, 'text' | 'repo'> {
  /** Each list is of alternatives, and all of them must hold; an empty one selects everything. */
  repositories: string[][]
}

/**
 * @param q qualifiers of a search in code.
 * @throws RefusedError for a query with words, which only affect the ranking.
 */
export function chooseCode(q: string, repositories: string[]): ChosenCode {
  const { text, repo, ...qualifiers } = parseCodeQuery(q)
  if (text !== '')
    throw new RefusedError(
      'invalid',
      `q: the words ${text.slice(0, 200)} only affect the ranking, and an export is not ranked`,
      'Use qualifiers of code: repo:, lang:, path:, symbol: and ref:.',
    )
  return { ...qualifiers, repositories: [repositories, repo] }
}

/** @throws RefusedError for a repository of which no code is in scope. */
export async function refuseWithoutCode(
  db: Queryable,
  { scope }: Pick<ScopedReader, 'scope'>,
  repositories: string[],
): Promise<void> {
  for (const name of repositories) {
    const refs = await readCodeRefs(db, scope, { repo: [name], ref: [] })
    if (refs.length === 0)
      throw new RefusedError(
        'unknown',
        `repo: no code of ${name} is ingested`,
        'GET /api/v1/projects/all/ingest/history lists what was ingested.',
      )
  }
}

/** Yields chunks, branch by branch and in the order in which they were stored; each page reads the current tables. */
export async function* readCode(
  { scope, run }: ScopedReader,
  chosen: ChosenCode,
): AsyncGenerator<ExportRow> {
  const columns = Object.entries(CODE_FIELDS).map(([name, field]) => `${field} as "${name}"`)
  for (let after = ['0', '0']; ; ) {
    const rows = await run(async (db) => {
      const refs = await chosenRefs(db, { scope }, chosen)
      const parameters = parametersOf([...after, PAGE_CHUNKS])
      const page = await db.query<{ refKey: string; chunkKey: string } & ExportRow>(
        `select ${columns.join(', ')}, c.ref_id as ref_key, c.id as chunk_key
         from code_chunk c join code_file f on f.id = c.file_id join code_ref r on r.id = c.ref_id
         where ${chunkConditions({ ...chosen, refs }, parameters)}
           and (c.ref_id, c.id) > ($1::bigint, $2::bigint)
         order by c.ref_id, c.id limit $3`,
        parameters.values,
      )
      return page.rows
    })
    for (const { refKey, chunkKey, ...row } of rows) {
      yield row
      after = [refKey, chunkKey]
    }
    if (rows.length < PAGE_CHUNKS) return
  }
}

/** Returns the refs in scope that meet every list of names. */
async function chosenRefs(
  db: Queryable,
  { scope }: Pick<ScopedReader, 'scope'>,
  { repositories, ref }: ChosenCode,
) {
  const [first = [], second = []] = repositories
  const refs = await readCodeRefs(db, scope, { repo: first, ref })
  if (second.length === 0) return refs
  const others = new Set(await readCodeRefs(db, scope, { repo: second, ref }))
  return refs.filter((id) => others.has(id))
}
