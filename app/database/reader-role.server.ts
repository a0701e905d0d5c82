/**
 * The role as which requests read, so that row level security stands below their predicates. Its policies are in
 * the migrations; here is what a migration cannot do: roles belong to the whole server, and not every login may
 * create them, or mark functions as leakproof.
 */
import type { Pool, Queryable } from './pool.server.ts'
import { type Waiting, waitForLocks } from './wait-for-locks.server.ts'

export const READER_ROLE = 'whence_reader'

/** Tables that no request reads with this role. */
const UNREAD = ['user_token', 'sign_in_attempt', 'setup_state']

/**
 * Functions of operators on indexes. A condition is only looked up in an index below a policy if its function is
 * leakproof, so these tables have their policies switched on only then.
 */
const INDEXED = [
  { function: 'ts_match_vq(tsvector, tsquery)', tables: ['passage', 'code_chunk'] },
  { function: 'texticregexeq(text, text)', tables: ['pull_request_file'] },
]

/** No right; made meanwhile by another process; its role could not be made. */
const LEFT_TO_OTHERS = /^(42501|42710|23505|42704)$/
/** Two processes at once change the rights of the same role or function. */
const CONCURRENT = /concurrently updated/

export interface ReaderRole {
  /** The login, quoted. */
  login: string
  exists: boolean
  /** True if this login may work as the role. */
  isGranted: boolean
  /** True if the role may read the tables. */
  isReading: boolean
  /** Tables and views that it may not read yet, quoted. */
  ungranted: string[]
  /** Functions that are not leakproof. */
  leaky: string[]
  /** Tables whose policies are switched off. */
  open: string[]
}

export async function readReaderRole(db: Queryable): Promise<ReaderRole> {
  const { rows } = await db.query<ReaderRole>(
    `with reader as (select oid from pg_roles where rolname = $1)
     select quote_ident(current_user) as login, exists (select from reader) as "exists",
       coalesce((select case when current_setting('server_version_num')::int < 160000
         then pg_has_role(oid, 'MEMBER') else pg_has_role(oid, 'SET') end from reader), false) as is_granted,
       coalesce((select has_table_privilege(oid, to_regclass('repository'), 'select') from reader), false)
         as is_reading,
       array(select quote_ident(c.relname) from pg_class c cross join reader
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
           and c.relname <> all ($2::text[]) and pg_has_role(c.relowner, 'USAGE')
           and not has_table_privilege(reader.oid, c.oid, 'select')) as ungranted,
       array(select one from unnest($3::text[]) one
         join pg_proc p on p.oid = one::regprocedure where not p.proleakproof) as leaky,
       array(select c.relname::text from pg_class c join pg_policy p on p.polrelid = c.oid
         where c.relnamespace = 'public'::regnamespace and not c.relrowsecurity) as open`,
    [READER_ROLE, UNREAD, INDEXED.map((one) => one.function)],
  )
  return rows[0] as ReaderRole
}

/** Returns true if readers can work as the role. */
export function isUsable({ isGranted, isReading }: ReaderRole): boolean {
  return isGranted && isReading
}

/** Describes what row level security does not cover, and how an administrator changes that. */
export function describeGaps(role: ReaderRole): { message: string; hint: string }[] {
  const statements = administrativeStatements(role).map((one) => `${one};`)
  if (statements.length === 0) return []
  const hint = `To change that, run \`${statements.join(' ')}\` in this database as an administrator, and then \`whence migrate\`.`
  const message = isUsable(role)
    ? `Row level security does not cover ${role.open.toSorted().join(', ')}, whose indexes it would keep from being used`
    : `Requests read without row level security, as ${role.login}: this login may not work as ${READER_ROLE}`
  return [{ message, hint }]
}

/** Returns the statements that need rights beyond the tables of Whence, and were not made yet. */
function administrativeStatements({ login, ...role }: ReaderRole): string[] {
  return [
    ...(role.exists ? [] : [`create role ${READER_ROLE}`]),
    ...(role.isGranted ? [] : [`grant ${READER_ROLE} to ${login}`]),
    ...role.leaky.map((one) => `alter function ${one} leakproof`),
  ]
}

/**
 * Makes the role as far as this login may, lets it read every table, and switches on the policies that cost no
 * index. Several processes may do this at once, and again after every migration.
 */
export async function prepareReaderRole(pool: Pool, waiting?: Waiting): Promise<ReaderRole> {
  for (const statement of administrativeStatements(await readReaderRole(pool)))
    await attempt(pool, statement)
  return waitForLocks(pool, 'Row level security', openTables, waiting)
}

async function attempt(pool: Pool, statement: string): Promise<void> {
  try {
    await pool.query(statement)
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    if (!LEFT_TO_OTHERS.test(String(code)) && !CONCURRENT.test(message)) throw error
  }
}

async function openTables(tx: Queryable): Promise<ReaderRole> {
  await tx.query('select pg_advisory_xact_lock(hashtext($1))', [READER_ROLE])
  const role = await readReaderRole(tx)
  const statements = [
    ...(role.ungranted.length > 0
      ? [`grant select on ${role.ungranted.join(', ')} to ${READER_ROLE}`]
      : []),
    ...INDEXED.flatMap((one) => one.tables.flatMap((table) => switched(table, one.function, role))),
  ]
  if (statements.length === 0) return role
  await tx.query(statements.join('; '))
  return readReaderRole(tx)
}

/** Switches a policy off again after a restore, or an upgrade of the server, which forget what is leakproof. */
function switched(table: string, operator: string, { leaky, open }: ReaderRole): string[] {
  const isOpen = open.includes(table)
  if (isOpen === leaky.includes(operator)) return []
  return [`alter table ${table} ${isOpen ? 'enable' : 'disable'} row level security`]
}
