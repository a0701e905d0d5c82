import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openClones } from '#app/code/git/clones.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { commitFiles, makeRepository } from '#test/github/git/make-repository.ts'
import { mountable, needsMounts, withTmpfs } from '#test/services/tmpfs.ts'
import { type GitServer, startGitServer } from '#test/support/code/git-server.ts'
import { LIMITS, openTestClones, requestFor } from '#test/support/code/open-test-clones.ts'

const PATH = process.env.PATH
let server: GitServer
let place: Awaited<ReturnType<typeof openTestClones>>

beforeAll(async () => {
  server = await startGitServer()
  place = await openTestClones()
})
afterEach(() => {
  process.env.PATH = PATH
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

describe('the disk of clones', () => {
  test.skipIf(!mountable)(`if full, is reported and left empty${needsMounts}`, async () => {
    commitFiles(makeRepository(server.folder, 'ada/large'), { a: randomBytes(5_000_000) })
    await withTmpfs(place.dataDir, '2m', async (dataDir) => {
      const clones = openClones({ dataDir, limits: LIMITS, logger: createLogger('silent') })
      const cloning = clones.withClone(requestFor(`${server.url}/ada/large`), async () => undefined)
      await expect(cloning).rejects.toMatchObject({
        kind: 'disk full',
        hint: expect.stringContaining('Free some space'),
      })
      expect(await readdir(join(dataDir, 'clones'))).toEqual([])
    })
  })
})

describe('git on this machine', () => {
  test('is found', async () => {
    expect(await place.clones.availability()).toMatchObject({ available: true })
  })

  test('may be missing', async () => {
    process.env.PATH = '/nonexistent'
    expect(await place.clones.availability()).toMatchObject({
      available: false,
      reason: { kind: 'unavailable', message: expect.stringContaining('not installed') },
    })
    const cloning = place.clones.withClone(requestFor('https://github.com/a/b'), async () => 1)
    await expect(cloning).rejects.toMatchObject({ kind: 'unavailable' })
  })

  test.each([
    ['git version 2.31.8', false],
    ['git version 1.99.0', false],
    ['git version 2.32.0', true],
    ['git version 2.39.5 (Apple Git-154)', true],
    ['git version 3.0', true],
    ['something else', false],
  ])('that says "%s" is new enough: %s', async (answer, available) => {
    const folder = join(place.dataDir, 'bin')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'git'), `#!/bin/sh\necho '${answer}'\n`)
    await chmod(join(folder, 'git'), 0o755)
    process.env.PATH = folder
    expect(await place.clones.availability()).toMatchObject({ available })
  })
})
