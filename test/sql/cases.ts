/** Inputs that cover every form of the composed statements. */
import { EXPORTS, type ExportName } from '#app/api/export-request.ts'
import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Reader } from '#app/database/reader.server.ts'
import { conditionsOfExport } from '#app/exports/chosen-pulls.ts'
import { readRows } from '#app/exports/read-rows.ts'
import { listPulls } from '#app/search/filters/list-pulls.ts'
import { readScope } from '#app/search/filters/read-scope.ts'
import { restrictionOf } from '#app/search/filters/restriction.ts'
import { sortPulls } from '#app/search/filters/sort-pulls.ts'
import { wantedOf } from '#app/search/find-hits.ts'
import { parseQuery } from '#app/search/query/parse-query.ts'
import type { SearchQuery } from '#app/search/query/query.ts'
import { findByWords } from '#app/search/text/find-by-words.ts'
import {
  scanChunk,
  scanRows,
  type VectorQuery,
  walkIndex,
} from '#app/search/vector/nearest-rows.ts'
import { deletePassages } from '#app/sync/complete/delete-rows.ts'

interface Case {
  name: string
  run(db: Queryable): Promise<unknown>
}

const NOW = new Date('2026-06-01T00:00:00Z')
const OPERATOR = operatorScope()
const VIEWER = viewerScope({ repositories: ['1', '2'], operates: [] })
const REPOSITORIES = ['1', '2'] as ReadableRepositoryId[]

function queryOf(text: string): SearchQuery {
  const query = parseQuery(text, NOW)
  if (query.warnings.length > 0) throw new Error(`${text}: ${query.warnings.join(' ')}`)
  return query
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
]

const LISTED: Case[] = QUALIFIERS.map((text) => ({
  name: text,
  run(db) {
    const query = queryOf(text)
    return listPulls(db, query, {
      repositoryIds: REPOSITORIES,
      passageConditions: restrictionOf(query).passageConditions,
    })
  },
}))

function scoped(text: string, scope: Scope = OPERATOR): Case {
  return {
    name: scope === OPERATOR ? text : `${text} (of a viewer)`,
    run: (db) => readScope(db, scope, queryOf(text)),
  }
}

const SORTS: Case[] = ['created', 'updated', 'merged', 'comments'].map((by) => ({
  name: `sort:${by}-asc`,
  run: (db) => sortPulls(readerOf(db), [], queryOf(`cache sort:${by}-asc`).sort),
}))

function readerOf(db: Queryable): Reader {
  return { profile: 'embedded', run: (work) => work(db) }
}

function words(text: string, frequency = 1): Case {
  return {
    name: frequency > 1 ? `${text} (common words)` : text,
    async run(db) {
      const wanted = await wantedOf(readerOf(db), queryOf(text), REPOSITORIES)
      const frequencies = new Map(wanted.lexemes.map(({ lexeme }) => [lexeme, frequency]))
      const statistics = {
        passages: 10_000,
        averages: { passage: 18, title: 5, group: 180 },
        frequencies,
      }
      return findByWords(db, { ...wanted, statistics })
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
      async run(db) {
        const { conditions } = await wantedOf(
          readerOf(db),
          queryOf('cache label:bug'),
          REPOSITORIES,
        )
        return search(db, { ...VECTOR, conditions })
      },
    },
  ]
}

function rows(list: ExportName, scope: Scope = OPERATOR, q = ''): Case {
  const conditions = conditionsOfExport(q, NOW)
  return {
    name: `${list} ${q}`.trim() + (scope === OPERATOR ? '' : ' (of a viewer)'),
    run: (db) =>
      readRows({ ...readerOf(db), scope }, { list, repositories: [], conditions }).next(),
  }
}

export const CASES: Case[] = [
  ...LISTED,
  scoped('cache'),
  scoped('cache', VIEWER),
  scoped('repo:acme/engine cache'),
  scoped('org:acme -repo:tideline cache'),
  ...SORTS,
  words('quote cache'),
  words('"quote cache" -invalidation label:bug'),
  words('quote cache', 10_000),
  ...vectors('each row', (db, query) => scanRows(db, query, 100)),
  ...vectors('a chunk', (db, query) => scanChunk(db, query, { after: '0', size: 100 })),
  ...vectors('by the index', walkIndex),
  ...EXPORTS.map((list) => rows(list)),
  rows('pulls', VIEWER),
  rows('pulls', OPERATOR, 'label:bug "quote cache"'),
  {
    name: 'what is outdated',
    run: (db) => deletePassages(db, [{ id: '1', startedAt: 'infinity' }]),
  },
]
