import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takeLock, tryLock } from '#app/code/git/clone-lock.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'whence-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('the lock of a clone', () => {
  test('has one holder, and everybody gets it in the end', async () => {
    let holders = 0
    let turns = 0
    async function takeTurn(): Promise<void> {
      const lock = await takeLock(folder, 'one', new AbortController().signal)
      holders++
      expect(holders).toBe(1)
      await sleep(Math.random() * 5)
      holders--
      turns++
      await lock.release()
    }
    await Promise.all(Array.from({ length: 20 }, takeTurn))
    expect(turns).toBe(20)
    expect(await readdir(folder)).toEqual([])
  })

  test('is refused while somebody holds it, and concerns one clone alone', async () => {
    const lock = await tryLock(folder, 'one')
    expect(await tryLock(folder, 'one')).toBeNull()
    const other = await tryLock(folder, 'one-more')
    expect(other).not.toBeNull()
    await other?.release()
    await lock?.release()
    expect(await readdir(folder)).toEqual([])
  })

  test('is waited for until the signal', async () => {
    const lock = await tryLock(folder, 'one')
    const cancelled = new AbortController()
    setTimeout(() => cancelled.abort(new Error('cancelled')), 50)
    await expect(takeLock(folder, 'one', cancelled.signal)).rejects.toThrow('cancelled')
    await lock?.release()
  })

  test('works in a folder whose path is too long for a socket', async () => {
    const deep = await mkdtemp(join(folder, 'd'.repeat(120)))
    const lock = await tryLock(deep, 'one')
    expect(await tryLock(deep, 'one')).toBeNull()
    await lock?.release()
    expect(await tryLock(deep, 'one').then((again) => again?.release())).toBeUndefined()
    expect(await readdir(deep)).toEqual([])
  })
})
