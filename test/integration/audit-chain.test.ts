import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { countOldEntries, deleteOldEntries } from '#app/audit/delete-old-entries.ts'
import { type AuditEntry, recordEntry, recordIn } from '#app/audit/record-entry.ts'
import { verifyChain } from '#app/audit/verify-chain.ts'
import { type Database, openDatabase } from '#app/database/database.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { openTestServices, type TestServices, testProfile } from '../services/setup.ts'
import { callWhence } from '../services/whence.ts'

const ENTRY: AuditEntry = {
  actor: 'cli ada',
  action: 'settings.changed',
  installationId: '7',
  subject: 'acme "quoted"\nand long 𝒳',
  details: { change: { history: 'all' }, n: [1.5, null, 'é'] },
}
const FORGE = 'alter table audit_entry disable trigger user'
const ADMIT = 'alter table audit_entry enable trigger user'
const MIGRATIONS = ['20261126140400_audit_chain', '20261127200800_audit_retention'].map(
  (name) => new URL(`../../prisma/migrations/${name}/migration.sql`, import.meta.url),
)

let opened: TestServices
let database: Database

beforeAll(async () => {
  opened = await openTestServices()
  database = opened.services.database
})
afterAll(() => opened.close())
beforeEach(async () => {
  await forge('delete from audit_entry')
  await database.pool.query(`update audit_head set
    entry_id = 0, hash = '', deleted_id = 0, deleted_hash = ''`)
})

/** Changes the log as somebody can who owns the database. */
async function forge(statement: string): Promise<void> {
  await database.pool.query(FORGE)
  await database.pool.query(statement)
  await database.pool.query(ADMIT)
}

async function record(count: number, db: Database = database): Promise<void> {
  for (let n = 0; n < count; n++) await transaction(db.pool, (tx) => recordIn(tx, ENTRY))
}

test('a log that nobody changed is intact, empty or not', async () => {
  expect(await verifyChain(database.pool)).toEqual({
    ...{ entries: 0, deletedThrough: '0', head: '', broken: null },
  })
  await record(2)
  await recordEntry(await database.prisma(), { ...ENTRY, installationId: null })
  const { entries, head, broken } = await verifyChain(database.pool)
  expect({ entries, broken }).toEqual({ entries: 3, broken: null })
  expect(head).toMatch(/^[0-9a-f]{64}$/)
})

test('an entry whose transaction fails leaves no hole', async () => {
  await record(1)
  const failed = transaction(database.pool, async (tx) => {
    await recordIn(tx, ENTRY)
    throw new Error('changed its mind')
  })
  await expect(failed).rejects.toThrow('changed its mind')
  await record(1)
  expect(await verifyChain(database.pool)).toMatchObject({ entries: 2, broken: null })
})

test('concurrent writers, also of another process, make one chain', async () => {
  const { profile } = opened.services.config
  const other =
    testProfile() === 'external' ? await openDatabase(profile, opened.services.logger) : null
  const prisma = await database.prisma()
  const verified: unknown[] = []
  await Promise.all([
    ...[1, 2, 3].map(() => record(20)),
    ...(other ? [record(20, other), record(20, other)] : []),
    ...[1, 2, 3].map(() => prisma.$transaction((tx) => recordEntry(tx, ENTRY))),
    ...[1, 2, 3].map(async () => verified.push((await verifyChain(database.pool)).broken)),
  ])
  await other?.close()
  expect(verified).toEqual([null, null, null])
  const entries = other ? 103 : 63
  expect(await verifyChain(database.pool)).toMatchObject({ entries, broken: null })
})

describe('a log that somebody changed in the database', () => {
  beforeEach(() => record(5))

  test.each([
    ['an actor', `update audit_entry set actor = 'cli eve' where id = 3`, 'Entry 3 was changed'],
    [
      'a time',
      `update audit_entry set at = at - interval '1 microsecond' where id = 1`,
      'Entry 1 was changed',
    ],
    ['details', `update audit_entry set details = '{}' where id = 5`, 'Entry 5 was changed'],
    ['a hash', `update audit_entry set hash = sha256('x') where id = 2`, 'Entry 2 was changed'],
    [
      'an entry and its hash',
      `update audit_entry a set actor = 'x', hash = audit_hash(jsonb_populate_record(a, '{"actor": "x"}'))
       where id = 2`,
      'Entry 3 does not follow entry 2: an entry was removed, inserted or changed',
    ],
    [
      'the last entry and its hash',
      `update audit_entry a set actor = 'x', hash = audit_hash(jsonb_populate_record(a, '{"actor": "x"}'))
       where id = 5`,
      'Entry 5 is not the one that was recorded last',
    ],
    [
      'a removed entry',
      'delete from audit_entry where id = 2',
      'Entry 3 does not follow entry 1: an entry was removed, inserted or changed',
    ],
    [
      'a removed first entry',
      'delete from audit_entry where id = 1',
      'Entry 2 does not follow the beginning',
    ],
    ['removed last entries', 'delete from audit_entry where id > 3', 'Entry 4 was removed'],
    [
      'an inserted entry',
      `insert into audit_entry (id, actor, action, subject) overriding system value values (9, 'x', 'x', 'x')`,
      'Entry 9 does not follow entry 5',
    ],
    [
      'an inserted entry that fits',
      `insert into audit_entry (id, actor, action, subject, previous_hash, hash) overriding system value
       select 6, 'x', 'x', 'x', hash, sha256('x') from audit_entry where id = 5`,
      'Entry 6 was changed',
    ],
  ])('is found: %s', async (_what, statement, message) => {
    await forge(statement)
    const { broken } = await verifyChain(database.pool)
    expect(broken?.message).toContain(message)
    expect(message).toContain(`Entry ${broken?.id} `)
  })

  test('fails `audit verify` and `doctor`, and `audit list` shows it', async () => {
    const run = (...argv: string[]) => callWhence(argv, opened.environment, opened.services)
    const before = await run('audit', 'verify')
    expect([before.code, before.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^The 5 entries of the audit log are as they were recorded; the last hash is/,
      ),
    ])
    expect((await run('doctor')).stdout).toMatch(/^ok +audit +5 entries, as they were recorded$/m)
    await forge(`update audit_entry set actor = 'cli eve' where id = 3`)
    expect(await run('audit', 'verify')).toMatchObject({ code: 1, stdout: 'Entry 3 was changed\n' })
    const { stdout } = await run('audit', 'verify', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ entries: 2, broken: { id: '3' } })
    expect((await run('doctor')).stdout).toMatch(/^fail +audit +Entry 3 was changed$/m)
    const listed = await run('audit', 'list', '--limit', '3')
    expect(listed.stdout.split('\n')[2]).toMatch(/^ +3 .+ cli eve: settings\.changed acme/)
    const { entries } = JSON.parse((await run('audit', 'list', '--json')).stdout)
    expect(entries).toHaveLength(5)
  })
})

describe('old entries', () => {
  const DAY = 24 * 3_600_000
  const keep = () => deleteOldEntries(database.pool, DAY)
  const ids = async () =>
    (await database.pool.query<{ id: string }>('select id from audit_entry order by id')).rows.map(
      ({ id }) => Number(id),
    )

  /** Makes a chain whose first entries were recorded two days ago. */
  async function recordOld(old: number, young: number): Promise<void> {
    await record(old)
    const { rows } = await database.pool.query<{ id: string }>(
      'select id from audit_entry order by id',
    )
    let before = `''::bytea`
    for (const { id } of rows) {
      await forge(`update audit_entry set at = at - interval '2 days', previous_hash = ${before}
        where id = ${id}`)
      await forge(`update audit_entry a set hash = audit_hash(a) where id = ${id}`)
      before = `(select hash from audit_entry where id = ${id})`
    }
    await database.pool.query(
      `update audit_head set hash = (select hash from audit_entry order by id desc limit 1)`,
    )
    await record(young)
  }

  test('are deleted from the beginning, and the rest can be verified', async () => {
    await recordOld(510, 3)
    expect((await verifyChain(database.pool)).broken).toBeNull()
    expect(await countOldEntries(database.pool, DAY)).toBe(510)
    expect(await keep()).toBe(510)
    expect(await ids()).toEqual([511, 512, 513])
    expect(await verifyChain(database.pool)).toMatchObject({
      ...{ entries: 3, deletedThrough: '510', broken: null },
    })
    expect(await keep()).toBe(0)
    await record(1)
    expect(await verifyChain(database.pool)).toMatchObject({ entries: 4, broken: null })
  })

  test('leave a chain behind when all are deleted', async () => {
    await recordOld(2, 0)
    expect(await keep()).toBe(2)
    expect(await verifyChain(database.pool)).toMatchObject({ entries: 0, broken: null })
    await record(1)
    expect(await ids()).toEqual([3])
    expect(await verifyChain(database.pool)).toMatchObject({ entries: 1, broken: null })
  })

  test('stay behind one that is young, so that no hole is left', async () => {
    await record(1)
    await record(2)
    await forge(`update audit_entry set at = at - interval '2 days' where id = 2`)
    expect(await keep()).toBe(0)
    expect(await ids()).toEqual([1, 2, 3])
  })

  test.each([
    ['the first that is kept', 'delete from audit_entry where id = 3', 'Entry 4 does not follow'],
    ['its hash', `update audit_entry set previous_hash = '' where id = 3`, 'Entry 3 does not'],
    [
      'what was the last one',
      `update audit_head set deleted_hash = sha256('x')`,
      'Entry 3 does not follow entry 2',
    ],
    [
      'what is gone',
      `insert into audit_entry (id, actor, action, subject) overriding system value values (1, 'x', 'x', 'x')`,
      'Entry 1 was inserted',
    ],
  ])('do not hide a change of %s', async (_what, statement, message) => {
    await recordOld(2, 2)
    await keep()
    await forge(statement)
    expect((await verifyChain(database.pool)).broken?.message).toContain(message)
  })

  test('are the only ones that can be deleted', async () => {
    await recordOld(1, 1)
    await keep()
    for (const statement of [
      'delete from audit_entry',
      `update audit_entry set actor = 'x'`,
      'truncate audit_entry',
    ])
      await expect(database.pool.query(statement)).rejects.toThrow('append-only')
  })

  test('are deleted while others are added and verified', async () => {
    await recordOld(510, 1)
    const verified = [record(20), keep(), verifyChain(database.pool), verifyChain(database.pool)]
    const [, , ...chains] = await Promise.all(verified)
    expect(chains).toMatchObject([{ broken: null }, { broken: null }])
    expect(await verifyChain(database.pool)).toMatchObject({ entries: 21, broken: null })
  })
})

test('the migration chains the entries that were recorded before', async () => {
  await forge(`insert into audit_entry (actor, action, subject) values ('cli ada', 'x', 'first')`)
  await forge(`insert into audit_entry (actor, action, subject) values ('cli ada', 'x', 'second')`)
  expect((await verifyChain(database.pool)).broken).not.toBeNull()
  const migrations = await Promise.all(MIGRATIONS.map((file) => readFile(file, 'utf8')))
  await database.pool.query(`
    drop trigger audit_entry_chain on audit_entry;
    drop function delete_old_audit_entries, chain_audit_entry, audit_hash, audit_content;
    drop table audit_head;
    alter table audit_entry drop column hash, drop column previous_hash;
    ${migrations.join('\n')}`)
  expect(await verifyChain(database.pool)).toMatchObject({ entries: 2, broken: null })
  await record(1)
  expect(await verifyChain(database.pool)).toMatchObject({ entries: 3, broken: null })
})
