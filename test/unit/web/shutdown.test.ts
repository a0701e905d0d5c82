import { expect, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import { planShutdown } from '#server/shutdown.ts'

const logger = createLogger('silent')

test('what was opened last is closed first', async () => {
  const shutdown = planShutdown(logger, 1_000)
  const closed: string[] = []
  for (const name of ['folder', 'database', 'web'])
    shutdown.add(name, async () => void closed.push(name))
  expect(await shutdown.run()).toBe(true)
  expect(closed).toEqual(['web', 'database', 'folder'])
})

test('a part that fails to close does not keep the rest open, and is told of', async () => {
  const shutdown = planShutdown(logger, 1_000)
  let closed = false
  shutdown.add('folder', async () => {
    closed = true
  })
  shutdown.add('web', () => Promise.reject(new Error('stuck')))
  expect(await shutdown.run()).toBe(false)
  expect(closed).toBe(true)
})

test('a part that never ends is given up when the time is over', async () => {
  const shutdown = planShutdown(logger, 20)
  shutdown.add('web', () => new Promise(() => {}))
  expect(await shutdown.run()).toBe(false)
})
