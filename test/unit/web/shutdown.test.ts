import { expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import { planShutdown } from '#server/shutdown.ts'

const logger = createLogger('silent')

test('resources are closed in reverse order', async () => {
  const shutdown = planShutdown(logger, 1_000)
  const closed: string[] = []
  for (const name of ['folder', 'database', 'web'])
    shutdown.add(name, async () => void closed.push(name))
  expect(await shutdown.run()).toBe(true)
  expect(closed).toEqual(['web', 'database', 'folder'])
})

test('a failure to close one resource is reported and does not keep the others open', async () => {
  const shutdown = planShutdown(logger, 1_000)
  let closed = false
  shutdown.add('folder', async () => {
    closed = true
  })
  shutdown.add('web', () => Promise.reject(new Error('stuck')))
  expect(await shutdown.run()).toBe(false)
  expect(closed).toBe(true)
})

test('a resource that never closes is abandoned after the timeout', async () => {
  const shutdown = planShutdown(logger, 20)
  shutdown.add('web', () => new Promise(() => {}))
  expect(await shutdown.run()).toBe(false)
})
