import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDataFolder } from '#app/database/folder/embedded-folder.server.ts'

let place: string

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'whence-test-'))
})
afterAll(() => rm(place, { recursive: true }))

describe('a data folder', () => {
  test('is created with its missing parents by concurrent callers', async () => {
    // Many rounds and paths, because the race between the callers is different each time.
    for (let round = 0; round < 100; round++) {
      const deep = join(place, `${round}`, 'a', 'b', 'c')
      const paths = [deep, join(deep, 'd'), join(deep, 'd', 'e'), deep, join(deep, 'd'), deep]
      await Promise.all(paths.map(makeDataFolder))
      expect((await stat(join(deep, 'd', 'e'))).mode & 0o777).toBe(0o700)
    }
  })

  test('is not created if a part of its path is a file', async () => {
    const file = join(place, 'file')
    await writeFile(file, '')
    await expect(makeDataFolder(file)).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeDataFolder(join(file, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})
