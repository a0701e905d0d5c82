/** The repositories in scope as a table: how fresh and how complete each copy is, with sums over all of them. */
import { operated, type Scope, visible } from '#app/auth/scope.ts'
import { type Bind, parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { notDeleted, notForgotten } from '#app/database/predicates.ts'

/** `read`: every pull request; `limited`: the settings leave out older ones. */
export const COPY_STATES = ['read', 'limited', 'gaps', 'unread'] as const
export type CopyState = (typeof COPY_STATES)[number]

export const TABLE_ORDERS = ['name', 'pushed', 'read', 'pulls'] as const
export type TableOrder = (typeof TABLE_ORDERS)[number]

export interface TableFilter {
  /** Part of `owner/name`; an empty one matches all. */
  named: string
  state: CopyState | null
  order: TableOrder
  /** From 1. */
  page: number
}

export const TABLE_PAGE = 50

export interface TableRow {
  id: string
  installationId: string
  fullName: string
  url: string
  visibility: 'PUBLIC' | 'PRIVATE' | 'INTERNAL'
  isArchived: boolean
  state: CopyState
  gaps: number
  stored: number
  /** Pull requests with a list that is not complete. */
  incomplete: number
  github: number
  /** Null until its words are counted. */
  passages: number | null
  /** Branches whose code can be searched. */
  branches: number
  syncedUntil: string | null
  pushedAt: string | null
  /** The viewer may sync it. */
  isOperated: boolean
}

/** Numbers of repositories. */
export type TableSums = Record<CopyState, number> & { all: number; pulls: number }

/** On `repository`: how many pull requests are copied. */
function storedOf(repository: string): string {
  return `(select count(*)::int from pull_request p
    where p.repository_id = ${repository}.id and ${notDeleted('p')})`
}

/** One expression, so that the sums and the filter agree. */
const STATE = `case when r.synced_until is null then 'unread'
  when exists (select from gap g where g.repository_id = r.id) then 'gaps'
  when r.synced_from > to_timestamp(0) and ${storedOf('r')} < r.pull_requests then 'limited'
  else 'read' end`

/** On the copies. */
const SUMS = `count(*)::int as all, coalesce(sum(github), 0)::int as pulls,
  ${COPY_STATES.map((state) => `count(*) filter (where state = '${state}')::int as ${state}`)}`

const ORDERS: Record<TableOrder, string> = {
  name: 'lower(full_name), id',
  pushed: 'pushed_at desc nulls last, id',
  read: 'synced_until nulls first, id',
  pulls: 'github desc, id',
}

/** Returns a page of the repositories that match, and how many match. */
export async function readTable(
  db: Queryable,
  scope: Scope,
  { named, state, order, page }: TableFilter,
): Promise<{ rows: TableRow[]; total: number }> {
  const start = [named.toLowerCase(), state, TABLE_PAGE, (page - 1) * TABLE_PAGE]
  const { values, bind } = parametersOf(start)
  const { rows } = await db.query<TableRow & { total: number }>(
    `with own as materialized (
       select *, count(*) over ()::int as total from (${copiesOf(scope, bind)}) c
       where position($1::text in lower(c.full_name)) > 0 and ($2::text is null or c.state = $2)
       order by ${ORDERS[order]} limit $3 offset $4)
     select own.id, own.installation_id, own.full_name, own.url, own.visibility, own.is_archived,
       own.state, own.github, own.total,
       (select count(*)::int from gap g where g.repository_id = own.id) as gaps,
       pulls.stored, pulls.incomplete,
       (select w.passages from repository_words w where w.repository_id = own.id) as passages,
       (select count(distinct c.branch)::int from code_ref c
         where c.repository_id = own.id and c.generation > 0 and ${notForgotten('c')}) as branches,
       ${isoOf('own.synced_until')} as synced_until, ${isoOf('own.pushed_at')} as pushed_at,
       ${operated(scope, 'own.installation_id')(bind)} as is_operated
     from own
       cross join lateral (select count(*)::int as stored,
         count(*) filter (where not p.is_complete)::int as incomplete
         from pull_request p where p.repository_id = own.id and ${notDeleted('p')}) pulls
     order by ${ORDERS[order]}`,
    values,
  )
  const total = rows[0]?.total ?? 0
  return { rows: rows.map(({ total: _, ...row }) => row), total }
}

/** Returns the sums of each installation in scope. */
export async function readInstallationSums(
  db: Queryable,
  scope: Scope,
): Promise<(TableSums & { installationId: string })[]> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<TableSums & { installationId: string }>(
    `select installation_id, ${SUMS} from (${copiesOf(scope, bind)}) c group by installation_id`,
    values,
  )
  return rows
}

/** Returns the sums over all repositories in scope, whatever the filter. */
export async function readTableSums(db: Queryable, scope: Scope): Promise<TableSums> {
  const { values, bind } = parametersOf()
  const { rows } = await db.query<TableSums>(
    `select ${SUMS} from (${copiesOf(scope, bind)}) c`,
    values,
  )
  return rows[0] as TableSums
}

function copiesOf(scope: Scope, bind: Bind): string {
  return `select r.id, r.installation_id, r.full_name, r.url, r.visibility, r.is_archived,
      r.pull_requests as github, r.synced_until, r.pushed_at, ${STATE} as state
    from repository r where ${visible(scope, 'r')(bind)}`
}

function isoOf(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
}
