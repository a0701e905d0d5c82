/** Source text with wrong statements, right ones, and one that is only known at run time. */
export const EXAMPLES = `
import { columnsOf } from '#app/database/columns.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'

const TABLES = ['review', 'passage'] as const
const within = (column: string) => \`\${column} is not null\`

interface Run { id: string; finishedAt: Date | null }

export async function wrong(db: Queryable, runIds: string[]) {
  await db.query('select id from run')
  await db.query<{ id: number }>('select id from run')
  await db.query<{ id: string; name: string }>('select id from run')
  await db.query<{ id: string }>('select id, state from run')
  await db.query<{ finishedAt: Date }>('select finished_at from run')
  await db.query<{ login: string }>(
    'select u.login from comment c left join github_user u on u.node_id = c.author_id',
  )
  await db.query<{ request: { at: Date } }>('select request from run')
  await db.query('select from run where id = any($1::bigint[])', [runIds[0]])
  await db.query('select from run where id = $1 and state = $2', [runIds[0]])
  await db.query('select from unnest($1::bigint[], $2::text[]) n (id, name)', columnsOf([], { id: 'bigint', name: 'int' }))
  for (const table of TABLES) await db.query(\`select from \${table} where node_id is null\`)
  const { bind, values } = parametersOf([runIds])
  await db.query(\`select from run where id = any($1::bigint[]) and version = \${bind(true)}\`, values)
}

export async function right(db: Queryable, runIds: string[]) {
  const { bind, values } = parametersOf([runIds])
  const mode = \`r.mode = \${bind('full')}\`
  await db.query<Run>(
    \`select r.id, r.finished_at from run r where r.id = any($1::bigint[]) and \${mode}\`,
    values,
  )
  await db.query<{ at: Date }>(\`select finished_at as at from run where \${within('finished_at')}\`)
}

async function again(db: Queryable, order: string, left: number) {
  await db.query(\`select from run order by \${order}\`)
  if (left > 0) await once(db, order, left - 1)
}

async function once(db: Queryable, order: string, left: number) {
  await again(db, order, left)
}

export async function start(db: Queryable) {
  await again(db, 'id', 2)
}

export async function composed(db: Queryable, conditions: string[]) {
  await db.query(\`select from run where \${conditions.join(' and ')}\`)
}
`

/** The expected problems of the wrong statements, in order. */
export const PROBLEMS = [
  'it returns id without a row type: write query<{ … }>',
  'id is int8, which arrives as string, and the row type has number',
  'it does not return name, which the row type has',
  'it returns state, which the row type does not have: select only what is read',
  'finished_at may be null: add null to the row type',
  'login may be null: add null to the row type',
  'request is jsonb, which arrives as unknown, and the row type has dated object',
  '$1 is int8[] and is given string: give it bigint[] or number[] or string[]',
  'it has 2 parameters, and is given 1 values',
  '$2 is text[] and is given binary int[]: give it string[]',
  'the database refuses it: column "node_id" does not exist',
  '$2 is int8 and is given boolean: give it bigint or number or string',
]
