import { threadId } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { openThreads } from '#app/threads/open-threads.ts'
import type { OddTask } from './odd-work.ts'

const options = {
  module: new URL('./odd-work.ts', import.meta.url),
  most: 2,
  limitMs: 30_000,
  memoryMb: 64,
  idleMs: 60_000,
}
const threads = openThreads<OddTask, number>(options)

afterAll(() => threads.close())

describe('threads', () => {
  test('do the work outside of the loop, and are used again', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => threads.run('id')))
    const used = new Set(ids)
    expect(used.size).toBeLessThanOrEqual(2)
    expect(used).not.toContain(threadId)
    expect(used).toContain(await threads.run('id'))
  })

  test('report what the work throws', async () => {
    await expect(threads.run('throw')).rejects.toThrow('as asked')
    expect(await threads.run('id')).toBeGreaterThan(0)
  })

  test.each(['exit', 'hang', 'memory'] as const)(
    'are replaced after one has ended: %s',
    async (task) => {
      const short = openThreads<OddTask, number>({ ...options, most: 1, limitMs: 5_000 })
      const before = await short.run('id')
      const [lost, next] = await Promise.allSettled([short.run(task), short.run('id')])
      expect(lost).toMatchObject({ reason: { name: 'ThreadEndedError', hadStarted: true } })
      expect(next).toMatchObject({ status: 'fulfilled' })
      expect(next).not.toMatchObject({ value: before })
      await short.close()
    },
  )

  test('that cannot start say so', async () => {
    const module = new URL('./no-such-module.ts', import.meta.url)
    const broken = openThreads<OddTask, number>({ ...options, module })
    await expect(broken.run('id')).rejects.toMatchObject({ hadStarted: false })
  })

  test('end when they are idle', async () => {
    const short = openThreads<OddTask, number>({ ...options, most: 1, idleMs: 20 })
    const first = await short.run('id')
    await expect.poll(() => short.run('id')).not.toBe(first)
    await short.close()
  })
})
