import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { limitCalls } from '#app/sign-in/limit-calls.ts'

test('no more calls than allowed are in progress, and each begins in its turn', async () => {
  const limit = limitCalls(3)
  const begun: number[] = []
  let inProgress = 0
  let most = 0
  const call = (number: number) =>
    limit(async () => {
      begun.push(number)
      inProgress += 1
      most = Math.max(most, inProgress)
      await sleep(number % 4)
      inProgress -= 1
      return number
    })
  const numbers = Array.from({ length: 40 }, (_, number) => number)
  expect(await Promise.all(numbers.map(call))).toEqual(numbers)
  expect([most, begun]).toEqual([3, numbers])
})

test('a call that fails makes room for the next', async () => {
  const limit = limitCalls(1)
  const failed = limit(() => Promise.reject(new Error('no')))
  const next = limit(async () => 'yes')
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('yes')
  expect(await limit(async () => 'again')).toBe('again')
})
