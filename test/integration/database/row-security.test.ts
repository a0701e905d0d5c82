import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReaders, type ReaderFor } from '#app/auth/readers.server.ts'
import { operatorScope, type Scope, viewerScope } from '#app/auth/scope.ts'
import { READER_ROLE } from '#app/database/reader-role.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { layCode } from '../../support/code/lay-code.ts'
import { insert } from '../../support/laid-rows.ts'
import { layProtected } from '../../support/lay-protected.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { layRun } from '../../support/web/lay-canaries.ts'

/** Tables that belong to a repository, and why they have no policy. */
const OPEN: Record<string, string> = {
  repository_sync: 'numbers of a job, read by who operates its installation',
  repository_time: 'numbers of a job, read by who operates its installation',
  snapshot: 'states of a job, read by who operates its installation',
  ingest: 'what a job was asked for, read by who operates its installation',
}

let opened: TestServices
let db: TestServices['services']['database']['pool']
let readerFor: ReaderFor
let installation: string
let own: string
let other: string
let protectedTables: string[]

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  readerFor = openReaders(opened.services.database)
  installation = await addInstallation(opened.services.database)
  const run = await layRun(db, installation)
  own = await layProtected(db, { installation, run, seed: 'a' })
  other = await layProtected(db, { installation, run, seed: 'b' })
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_policy p on p.polrelid = c.oid
     where c.relrowsecurity order by 1`,
  )
  protectedTables = rows.map(({ name }) => name)
})
afterAll(() => opened.close())

/** Returns how many rows of each table somebody reads without any predicate. */
async function countAll(scope: Scope): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of protectedTables)
    counts[table] = await readerFor(scope).run(async (reader) => {
      const { rows } = await reader.query<{ count: number }>(
        `select count(*)::int as count from ${table}`,
      )
      return rows[0]?.count as number
    })
  return counts
}

const viewer = (...repositories: string[]) => viewerScope({ repositories, operates: [] })

test('every table with data of repositories has a policy, or a reason for none', async () => {
  const { rows } = await db.query<{ name: string }>(
    `with recursive belongs (oid) as (
       select 'repository'::regclass::oid
       union select attrelid from pg_attribute a join pg_class c on c.oid = a.attrelid
         where attname = 'repository_id' and c.relkind in ('r', 'p')
           and c.relnamespace = 'public'::regnamespace
       union select k.conrelid from pg_constraint k join belongs on belongs.oid = k.confrelid
         where k.contype = 'f')
     select c.relname as name from belongs join pg_class c using (oid)`,
  )
  const decided = [...protectedTables, ...Object.keys(OPEN)]
  expect(rows.map(({ name }) => name).sort()).toEqual(decided.sort())
})

test('every view reads with the rights of who asks', async () => {
  const { rows } = await db.query(
    `select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
       and not coalesce('security_invoker=true' = any (reloptions), false)`,
  )
  expect(rows).toEqual([])
})

describe('a query without a predicate', () => {
  test('reads the repositories in scope', async () => {
    const [all, one] = [await countAll(operatorScope()), await countAll(viewer(own))]
    for (const table of protectedTables)
      expect([table, all[table], one[table]]).toEqual([table, 2 * (one[table] ?? 0), one[table]])
    expect(Object.values(one).every((count) => count > 0)).toBe(true)
    expect(await countAll(viewer(own, other))).toEqual(all)
  })

  test.each(
    Object.entries({
      'an empty scope': () => viewer(),
      'a missing scope': () => undefined as unknown as Scope,
      'a broken scope': () => ({ kind: 'viewer' }) as unknown as Scope,
      'ids that are none': () => viewer(`${own}}'::bigint[]) or true --`),
      'an installation without its repositories': () =>
        viewerScope({ repositories: [], operates: [installation] }),
    }),
  )('reads nothing for %s', async (_, scope) => {
    const counts = await countAll(scope())
    expect(Object.values(counts)).toEqual(protectedTables.map(() => 0))
  })

  test('reads nothing of a hidden repository, not even for the operator', async () => {
    await db.query('update repository set hidden_at = now() where id = $1', [other])
    const counts = [await countAll(operatorScope()), await countAll(viewer(own, other))]
    await db.query('update repository set hidden_at = null where id = $1', [other])
    expect(counts).toEqual(Array(2).fill(await countAll(viewer(own))))
  })

  test('reads nothing of an inactive installation', async () => {
    await db.query('update installation set active = false where id = $1', [installation])
    const counts = await countAll(operatorScope())
    await db.query('update installation set active = true where id = $1', [installation])
    expect(Object.values(counts)).toEqual(protectedTables.map(() => 0))
  })
})

test.each([
  ['passage_words', `select from passage where words @@ 'quokkaa'`],
  ['passage_pull_request', 'select sum(length) from passage where pull_request_id = 1'],
  ['code_chunk_words', `select from code_chunk where words @@ 'quokkaa'`],
  ['pull_request_file_path', `select from pull_request_file where path ~* 'quokka'`],
])('an index is used below a policy: %s', async (index, sql) => {
  const plan = await transaction(db, async (tx) => {
    await tx.query(`set local enable_seqscan = off; set local role ${READER_ROLE}`)
    return (await tx.query(`explain (format json) ${sql}`)).rows
  })
  expect(JSON.stringify(plan)).toContain(index)
})

test('code outside every installation is read by who operates its tenant', async () => {
  const tenant = await insert(db, 'installation', {
    ...{ kind: 'local', external_id: 'rls', account: 'local' },
  })
  await layCode(db, {
    ...{ installation: tenant, fullName: 'x/local', project: 'local', dataset: 'local' },
    files: { 'a.ts': { chunks: [{ text: 'local' }] } },
  })
  const read = async (operates: string[]) =>
    (
      await readerFor(viewerScope({ repositories: [], operates })).run((reader) =>
        reader.query<{ text: string }>('select text from code_chunk'),
      )
    ).rows
  expect(await read([tenant])).toEqual([{ text: 'local' }])
  expect(await read([installation])).toEqual([])
  await db.query('delete from installation where id = $1', [tenant])
})

describe('a reader', () => {
  const run = (sql: string) => readerFor(operatorScope()).run((reader) => reader.query(sql))

  test('works as a role that owns nothing and passes no policy', async () => {
    const { rows } = await run(
      `select current_user as name, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole,
         exists (select from pg_class where relowner = r.oid) as owns
       from pg_roles r where rolname = current_user`,
    )
    expect(rows).toEqual([
      {
        ...{ name: READER_ROLE, rolsuper: false, rolbypassrls: false, rolcanlogin: false },
        ...{ rolcreaterole: false, owns: false },
      },
    ])
  })

  test('leaves neither its role nor its scope behind', async () => {
    const one = await db.query(`select current_user as name`)
    await run('select 1')
    for (let turn = 0; turn < 8; turn++) {
      const { rows } = await db.query(
        `select current_user as name, current_setting('app.scope', true) as scope`,
      )
      expect(rows).toEqual([{ ...one.rows[0], scope: expect.toBeOneOf(['', null]) }])
    }
  })

  test('reads no tokens of people', async () => {
    await expect(run('select from user_token')).rejects.toMatchObject({ code: '42501' })
  })

  test.each([
    `insert into setting values ('a', 'true')`,
    'delete from passage',
    `update repository set full_name = 'a/b'`,
  ])('cannot write: %s', async (sql) => {
    await expect(run(sql)).rejects.toMatchObject({ code: expect.toBeOneOf(['25006', '42501']) })
  })
})
