import { expect, test } from 'vitest'
import { RetryableError } from '#app/config/errors.server.ts'
import { databaseFailure } from '#app/database/failures.ts'
import { SlowQueryError } from '#app/database/reader.server.ts'

function coded(code: string): Error {
  return Object.assign(new Error('it failed'), { code })
}

function ofPrisma(originalCode: string): Error {
  const driver = Object.assign(new Error('LockTimeout'), {
    name: 'DriverAdapterError',
    cause: { originalCode },
  })
  const meta = { driverAdapterError: driver }
  return Object.assign(new Error('Invalid invocation'), { code: 'P2010', meta })
}

test.each([
  [coded('08006'), 'away'],
  [coded('57P01'), 'away'],
  [coded('ECONNRESET'), 'away'],
  [new Error('Connection terminated unexpectedly'), 'away'],
  [new Error('Query read timeout'), 'away'],
  [coded('53300'), 'busy'],
  [coded('P2024'), 'busy'],
  [new Error('timeout exceeded when trying to connect'), 'busy'],
  [coded('40P01'), 'locked'],
  [coded('40001'), 'locked'],
  [coded('55P03'), 'locked'],
  [ofPrisma('55P03'), 'locked'],
  [ofPrisma('57014'), 'slow'],
  [coded('57014'), 'slow'],
  [coded('25P03'), 'slow'],
  [new SlowQueryError('A statement took more than 2 s'), 'slow'],
] as const)('%s %#: the database is %s', (error, failure) => {
  expect(databaseFailure(error)).toBe(failure)
})

test.each([
  coded('23505'),
  coded('22021'),
  coded('42P01'),
  coded('ENOENT'),
  ofPrisma('23505'),
  new RetryableError('GitHub does not answer', 'server', { cause: coded('ECONNRESET') }),
  new Error('fetch failed', { cause: coded('ECONNREFUSED') }),
  'Connection terminated',
  null,
])('anything else is no failure of the database: %s %#', (error) => {
  expect(databaseFailure(error)).toBeNull()
})
