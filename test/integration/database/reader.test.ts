import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReader, type Reader, SlowQueryError } from '#app/database/reader.server.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'

let opened: TestServices
let reader: Reader

beforeAll(async () => {
  opened = await openTestServices()
  reader = openReader(opened.services.database)
})
afterAll(() => opened.close())

test('a reader returns the result of its work, several at once', async () => {
  const numbers = [1, 2, 3, 4, 5]
  const read = await Promise.all(
    numbers.map((number) =>
      reader.run(
        async (db) => (await db.query<{ n: number }>('select $1::int as n', [number])).rows,
      ),
    ),
  )
  expect(read.flat().map(({ n }) => n)).toEqual(numbers)
})

describeOnProfile('external', 'a reader of a server', () => {
  test('cannot write', async () => {
    const write = reader.run((db) => db.query(`insert into setting values ('a', 'true')`))
    await expect(write).rejects.toThrow('read-only transaction')
  })

  test('is refused inside another one, which would take a second connection', async () => {
    const nested = reader.run(() => reader.run((db) => db.query('select')))
    await expect(nested).rejects.toThrow('inside a transaction')
  })

  test('aborts a slow statement, and remains usable', async () => {
    await expect(reader.run((db) => db.query('select pg_sleep(5)'), 50)).rejects.toThrow(
      SlowQueryError,
    )
    expect((await reader.run((db) => db.query('select 1'), 50)).rowCount).toBe(1)
  })
})
