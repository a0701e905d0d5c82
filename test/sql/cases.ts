/** Inputs that cover every form of the composed statements. */
import { EXPORTS, type ExportName } from '#app/api/export-request.ts'
import { readTable, TABLE_ORDERS } from '#app/archive/repository-table.ts'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import { type ReadableRefId, readCodeRefs } from '#app/code/search/code-refs.ts'
import { readNearChunks } from '#app/code/search/near-chunks.ts'
import { parseCodeQuery } from '#app/code/search/parse-code-query.ts'
import { readCandidates } from '#app/code/search/read-candidates.ts'
import { readFile } from '#app/code/views/read-file.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Reader } from '#app/database/reader.server.ts'
import type { Space } from '#app/embeddings/spaces.ts'
import { conditionsOfExport } from '#app/exports/chosen-pulls.ts'
import { chooseCode, readCode } from '#app/exports/code.ts'
import { readRows } from '#app/exports/read-rows.ts'
import { tellTime } from '#app/ledger/run-clock.ts'
import { readLog } from '#app/ledger/views/run-log.ts'
import { readValues } from '#app/search/complete/read-values.ts'
import { passageConditions } from '#app/search/filters/conditions.ts'
import { listPulls } from '#app/search/filters/list-pulls.ts'
import { readScope } from '#app/search/filters/read-scope.ts'
import { sortPulls } from '#app/search/filters/sort-pulls.ts'
import { type Plan, plan } from '#app/search/plan/plan.ts'
import { parse } from '#app/search/query/parse.ts'
import { readSavedSearches } from '#app/search/saved/saved-searches.ts'
import { findByWords } from '#app/search/text/find-by-words.ts'
import {
  scanChunk,
  scanRows,
  type VectorQuery,
  walkIndex,
} from '#app/search/vector/nearest-rows.ts'
import { forgetAuthors } from '#app/search/write/forget-passages.ts'
import { deletePassages } from '#app/sync/complete/delete-rows.ts'
import { writeRepositoryPassages } from '#app/sync/tables/repositories.ts'

interface Case {
  name: string
  run(db: Queryable): Promise<unknown>
}

const NOW = new Date('2026-06-01T00:00:00Z')
const OPERATOR = operatorScope()
const VIEWER = viewerScope({ repositories: ['1', '2'], operates: [] })
const REPOSITORIES = ['1', '2'] as ReadableRepositoryId[]

function planOf(text: string): Plan {
  const planned = plan(parse(text, NOW), 'keyword')
  if (planned.warnings.length > 0) throw new Error(`${text}: ${planned.warnings.join(' ')}`)
  return planned
}

/** Queries without words, which list pull requests. */
const QUALIFIERS = [
  'repo:acme/engine repo:tideline',
  'org:acme -org:tide*',
  'author:ada author:renovate[bot]',
  'commenter:ada',
  'reviewed-by:ada',
  'involves:ada',
  'assignee:ada',
  'label:bug label:"good *"',
  'milestone:spring -author:cleo',
  'base:main head:feature/*',
  'path:src/**/*.ts path:/docs path:readme',
  '-path:vendor/',
  'is:open is:merged',
  'is:draft is:closed',
  'review:approved',
  'review:changes_requested -review:none',
  'no:label no:assignee no:milestone',
  'created:2024 updated:>2024-02-01',
  'merged:<2024-02-01 closed:2024-01..2024-03',
  'in:title in:comments',
  'in:commits bot:true',
  'bot:false',
  'sort:comments-desc',
  'sort:created-asc',
  'author:ada OR label:bug',
  '(is:open author:ada) OR is:merged',
  '-(label:bug OR label:api OR is:draft)',
  '(in:title bot:true) OR path:src',
]

const LISTED: Case[] = QUALIFIERS.map((text) => ({
  name: text,
  run: (db) => listPulls(db, planOf(text), REPOSITORIES),
}))

function scoped(text: string, scope: Scope = OPERATOR): Case {
  return {
    name: scope === OPERATOR ? text : `${text} (of a viewer)`,
    run: (db) => readScope(db, scope, planOf(text)),
  }
}

const SORTS: Case[] = ['created', 'updated', 'merged', 'comments'].map((by) => ({
  name: `sort:${by}-asc`,
  run: (db) => sortPulls(readerOf(db), [], planOf(`cache sort:${by}-asc`).sort),
}))

const COMPLETED: Case[] = (['author', 'commenter', 'assignee', 'label', 'path'] as const).map(
  (name) => ({ name: `${name}:a`, run: (db) => readValues(db, VIEWER, name, 'a') }),
)

const TABLES: Case[] = TABLE_ORDERS.map((order) => ({
  name: `repositories by ${order}`,
  run: (db) => readTable(db, VIEWER, { named: 'a', state: 'gaps', order, page: 2 }),
}))

const LOGS: Case[] = (['after', 'before'] as const).map((edge) => ({
  name: `log of a run ${edge} an entry`,
  run: (db) => readLog(db, VIEWER, { runId: '1', [edge]: '5-1-2', limit: 9 }),
}))

const CLOCK: Case = { name: 'time of the runs', run: tellTime }

const SAVED: Case[] = [
  {
    name: 'saved searches',
    run: (db) => readSavedSearches(db, { scope: OPERATOR, personId: null }),
  },
  {
    name: 'saved searches of a person',
    run: (db) => readSavedSearches(db, { scope: VIEWER, personId: '1' }),
  },
]

function readerOf(db: Queryable): Reader {
  return { profile: 'embedded', run: (work) => work(db) }
}

function words(text: string, frequency = 1): Case {
  return {
    name: frequency > 1 ? `${text} (common words)` : text,
    run(db) {
      const { lexemes, required, condition } = planOf(text)
      const frequencies = new Map(lexemes.map(({ lexeme }) => [lexeme, frequency]))
      const statistics = {
        passages: 10_000,
        averages: { passage: 18, title: 5, group: 180 },
        frequencies,
      }
      const conditions = passageConditions(condition, REPOSITORIES)
      return findByWords(db, {
        lexemes,
        required,
        conditions,
        repositoryIds: REPOSITORIES,
        statistics,
      })
    },
  }
}

const VECTOR: VectorQuery = {
  space: { id: '1', dimensions: 3 },
  vector: Float32Array.of(1, 0, 0),
  repositoryIds: REPOSITORIES,
  limit: 10,
}

type Search = (db: Queryable, query: VectorQuery) => Promise<unknown>

/** Returns one search without and one with conditions. */
function vectors(name: string, search: Search): Case[] {
  return [
    { name, run: (db) => search(db, VECTOR) },
    {
      name: `${name}, label:bug`,
      run: (db) =>
        search(db, {
          ...VECTOR,
          conditions: passageConditions(planOf('cache label:bug').condition, REPOSITORIES),
        }),
    },
  ]
}

function rows(list: ExportName, scope: Scope = OPERATOR, q = ''): Case {
  const conditions = conditionsOfExport(q, scope, NOW)
  return {
    name: `${list} ${q}`.trim() + (scope === OPERATOR ? '' : ' (of a viewer)'),
    run: (db) =>
      readRows({ ...readerOf(db), scope }, { list, repositories: [], conditions }).next(),
  }
}

const CODE_REFS = ['1', '2'] as ReadableRefId[]

function chunks(text: string, near = false): Case {
  const { path, lang, symbol, text: words } = parseCodeQuery(text)
  const lexemes = words.split(' ').map((lexeme) => ({ lexeme, count: 1, isCompound: false }))
  const filters = { refs: CODE_REFS, path, lang, symbol }
  const meaning = {
    space: { id: '1', dimensions: 3 } as Space,
    ...{ vector: Float32Array.of(1, 0, 0), weight: 0.5, floor: 0.5, values: 300 },
  }
  return {
    name: text,
    run: (db) =>
      near
        ? readNearChunks(db, meaning, filters, [])
        : readCandidates(db, { ...filters, lexemes, chunksWith: () => 1, demotes: true }),
  }
}

function codeRefs(text: string, scope: Scope): Case {
  return {
    name: scope === OPERATOR ? text : `${text} (of a viewer)`,
    run: (db) => readCodeRefs(db, scope, parseCodeQuery(text)),
  }
}

function fileOf(scope: Scope): Case {
  const wanted = { repository: 'acme/engine', place: 'main/a.ts', from: 1 }
  return {
    name: scope === OPERATOR ? 'a file' : 'a file (of a viewer)',
    run: (db) => readFile(db, scope, wanted),
  }
}

function code(q: string): Case {
  return {
    name: `code ${q}`,
    run: (db) =>
      readCode({ ...readerOf(db), scope: OPERATOR }, chooseCode(q, ['acme/engine'])).next(),
  }
}

export const CASES: Case[] = [
  ...LISTED,
  scoped('cache'),
  scoped('cache', VIEWER),
  scoped('repo:acme/engine cache'),
  scoped('org:acme -repo:tideline cache'),
  scoped('(repo:acme/engine label:bug) OR org:tideline cache'),
  scoped('repo:acme/engine OR cache'),
  ...SORTS,
  ...COMPLETED,
  ...TABLES,
  ...LOGS,
  CLOCK,
  ...SAVED,
  words('quote cache'),
  words('"quote cache" -invalidation label:bug'),
  words('quote cache', 10_000),
  words('cache ("quote cache" OR label:bug) -(invalidation bot:true)'),
  ...vectors('each row', (db, query) => scanRows(db, query, 100)),
  ...vectors('a chunk', (db, query) => scanChunk(db, query, { after: '0', size: 100 })),
  ...vectors('by the index', walkIndex),
  codeRefs('cache', OPERATOR),
  codeRefs('cache repo:acme/engine ref:main', VIEWER),
  chunks('quote cache'),
  chunks('cache lang:go path:src/*.go symbol:Pool.close'),
  chunks('quote cache', true),
  chunks('cache lang:go path:src symbol:close', true),
  fileOf(OPERATOR),
  fileOf(VIEWER),
  ...EXPORTS.map((list) => rows(list)),
  code('lang:go path:src'),
  rows('pulls', VIEWER),
  rows('pulls', OPERATOR, 'label:bug "quote cache"'),
  {
    name: 'what is outdated',
    run: (db) => deletePassages(db, [{ id: '1', startedAt: 'infinity' }]),
  },
  { name: 'by authors', run: (db) => forgetAuthors(db, ['U_1'], 10) },
  { name: 'outdated texts of repositories', run: (db) => writeRepositoryPassages(db, []) },
]
