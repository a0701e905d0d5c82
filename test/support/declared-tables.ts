import { plainType } from '#app/database/columns.ts'
import { snakeCase, type Table } from '#app/database/define-table.ts'
import { passages } from '#app/search/write/index-passages.ts'
import { commits } from '#app/sync/tables/commits.ts'
import { LISTS } from '#app/sync/tables/lists.ts'
import { users } from '#app/sync/tables/people.ts'
import { pullRequests } from '#app/sync/tables/pull-requests.ts'
import { repositories } from '#app/sync/tables/repositories.ts'
import type { Column, Key } from './prisma-model.ts'

/** The tables declared with `defineTable`. All others are in Prisma's model. */
export const DECLARED: Table[] = [repositories, users, pullRequests, commits, ...LISTS, passages]

const TYPES: Record<string, string> = { int: 'integer', timestamptz: 'timestamp with time zone' }

/** Converts a declaration to columns and keys of the database; declarations do not include defaults. */
export function readDeclaration(table: Table): {
  columns: Omit<Column, 'hasDefault'>[]
  keys: Key[]
} {
  const { name, key, columns, own = {} } = table
  const hasIdentity = 'id' in own
  const given: Key = { table: name, kind: 'unique', columns: key.map(snakeCase) }
  return {
    columns: Object.entries({ ...columns, ...own }).map(([field, type]) => ({
      table: name,
      column: snakeCase(field),
      type: TYPES[plainType(type)] ?? plainType(type),
      nullable: type.endsWith('?'),
    })),
    keys: hasIdentity
      ? [{ table: name, kind: 'primary', columns: ['id'] }, given]
      : [{ ...given, kind: 'primary' }],
  }
}
