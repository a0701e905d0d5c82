/** Reads the rows of an export page by page, so that an export of any size needs the memory of one page. */

import type { ExportName } from '#app/api/export-request.ts'
import { readPull } from '#app/archive/pull-requests.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { type Condition, parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted } from '#app/database/predicates.ts'
import { EXPORT_LISTS } from './lists.ts'

/** A body has at most 256 KiB, and so a page at most about 25 MB. */
const PAGE_ROWS = 100

export type ExportRow = Record<string, unknown>

interface Keys {
  pullKey: string
  itemKey: string
}

interface ChosenRows {
  /** `owner/name` or `owner/*`; an empty list selects all repositories. */
  repositories: string[]
  /** Conditions on `pull_request pr` and `repository r`. */
  conditions?: Condition[]
}

/** Yields rows in the order in which pull requests were first stored; each page reads the current tables. */
export async function* readRows(
  { scope, run }: ScopedReader,
  { list, repositories, conditions = [] }: ChosenRows & { list: ExportName },
): AsyncGenerator<ExportRow> {
  const { fields, from, key } = EXPORT_LISTS[list]
  const columns = Object.entries(fields).map(([name, expression]) => `${expression} as "${name}"`)
  const filter = namesOf(repositories)
  let after = ['0', '']
  for (;;) {
    const { values, bind } = parametersOf([filter, ...after, PAGE_ROWS])
    const chosen = conditions.map((condition) => ` and (${condition(bind)})`)
    const sql = `select ${columns.join(', ')}, pr.id as pull_key, ${key} as item_key
       from pull_request pr join repository r on r.id = pr.repository_id ${from}
       where ${visible(scope, 'r')(bind)} and ${notDeleted('pr')}
         and ($1::text[] is null or lower(r.full_name) = any($1)
           or split_part(lower(r.full_name), '/', 1) || '/*' = any($1))
         and pr.id >= $2 and (pr.id, ${key}) > ($2::bigint, $3::text)${chosen.join('')}
       order by pr.id, ${key} limit $4`
    const { rows } = await run((db) => db.query<Keys & ExportRow>(sql, values))
    for (const { pullKey, itemKey, ...row } of rows) {
      yield row
      after = [pullKey, itemKey]
    }
    if (rows.length < PAGE_ROWS) return
  }
}

/** Yields pull requests with their conversations, each as `GET /api/v1/pulls` returns it. */
export async function* readConversations(
  reader: ScopedReader,
  chosen: ChosenRows,
): AsyncGenerator<ExportRow> {
  for await (const row of readRows(reader, { ...chosen, list: 'pulls' })) {
    const named = { fullName: String(row.repository), number: Number(row.number) }
    const pull = await reader.run((db) => readPull(db, reader.scope, named))
    if (pull) yield pull
  }
}

/** @throws RefusedError for a repository that does not exist or is not in scope. */
export async function refuseUnknown(
  db: Queryable,
  scope: Scope,
  repositories: string[],
): Promise<void> {
  const { values, bind } = parametersOf([namesOf(repositories) ?? []])
  const { rows } = await db.query<{ name: string }>(
    `select name from unnest($1::text[]) n (name) where not exists (
       select from repository r where ${visible(scope, 'r')(bind)}
         and n.name in (lower(r.full_name), split_part(lower(r.full_name), '/', 1) || '/*'))`,
    values,
  )
  const [row] = rows
  if (row)
    throw new RefusedError(
      'unknown',
      `repo: there is no repository ${row.name}`,
      'GET /api/v1/repositories lists the repositories.',
    )
}

function namesOf(repositories: string[]): string[] | null {
  return repositories.length === 0 ? null : repositories.map((name) => name.toLowerCase())
}
