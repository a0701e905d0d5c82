import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findPeers, listenInFolder } from '#server/folder/folder-sockets.ts'
import { describeOnProfile } from '../../services/requirements.ts'
import { layDataFolder, makeFolder, runWhence } from '../../services/whence.ts'

const NOBODY = 65_534
/** Only root can give files to others. */
const isRoot = process.geteuid?.() === 0

let place: Awaited<ReturnType<typeof makeFolder>>
beforeAll(async () => {
  place = await makeFolder()
  // Others may pass, as on the way to a usual data folder.
  await chmod(place.folder, 0o711)
})
afterAll(() => place.remove())

async function newFolder(name: string, mode: number): Promise<string> {
  const folder = join(place.folder, name)
  await mkdir(folder)
  await chmod(folder, mode)
  return folder
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('a socket of another user is not believed, nor touched', async () => {
  const folder = await newFolder('sockets', 0o700)
  const server = createServer((socket) => socket.end('{"state":"serving"}\n'))
  const name = await listenInFolder(server, folder)
  expect(await findPeers(folder, null)).toHaveLength(1)
  if (isRoot) {
    await chown(join(folder, name), NOBODY, NOBODY)
    expect(await findPeers(folder, null)).toEqual([])
    expect(await readdir(folder)).toEqual([name])
  }
  server.close()
})

describeOnProfile('embedded', 'a data folder', () => {
  test.each([
    ['755', 0o755],
    ['770', 0o770],
    ['710', 0o710],
    ['1777', 0o1777],
  ])('of mode %s is refused with the remedy', async (name, mode) => {
    const DATA_DIR = await newFolder(name, mode)
    for (const argv of [['migrate'], ['serve', '--migrate'], ['token', 'create']]) {
      const { code, stdout, stderr } = await runWhence(argv, { DATA_DIR })
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toContain(`Other users may enter or change the data folder ${DATA_DIR}`)
      expect(stderr).toContain(`chmod 700 ${DATA_DIR}`)
    }
    expect(await readdir(DATA_DIR)).toEqual([])
  })

  test.runIf(isRoot)('of another user is refused', async () => {
    const DATA_DIR = await newFolder('foreign', 0o700)
    await chown(DATA_DIR, NOBODY, NOBODY)
    const { code, stderr } = await runWhence(['migrate'], { DATA_DIR })
    expect([code, await readdir(DATA_DIR)]).toEqual([1, []])
    expect(stderr).toContain('belongs to another user')
  })

  test.runIf(isRoot)('with the server of a stranger gives the command to nobody', async () => {
    const DATA_DIR = await newFolder('trap', 0o1777)
    const socket = join(DATA_DIR, 'whence-1-00000000000000aa.sock')
    const hello = { protocol: 1, version: '1', pid: 1, command: 'serve', state: 'serving' }
    const answers = [{ ...hello, address: null }, { stdout: 'whence_FAKE\n' }, { exit: 0 }]
    const script = `require('node:net').createServer((socket) => {
        console.log('asked')
        socket.end(${JSON.stringify(answers.map((one) => `${JSON.stringify(one)}\n`).join(''))})
      }).listen(${JSON.stringify(socket)}, () => console.log('listens'))`
    const stranger = spawn(process.execPath, ['-e', script], { uid: NOBODY, gid: NOBODY })
    let said = ''
    stranger.stdout.on('data', (text) => {
      said += text
    })
    await once(stranger.stdout, 'data')
    const { code, stdout } = await runWhence(['token', 'create', '--name', 'x'], { DATA_DIR })
    expect([code, stdout]).toEqual([1, ''])
    expect(said).toBe('listens\n')
    stranger.kill()
  })

  test('that Whence makes has nothing in it that others may read', async () => {
    const DATA_DIR = join(place.folder, 'new')
    const { code } = await runWhence(['migrate'], { DATA_DIR })
    expect(code).toBe(0)
    const names = ['', ...(await readdir(DATA_DIR, { recursive: true }))]
    expect(names.length).toBeGreaterThan(900)
    const open = await Promise.all(
      names.map(async (name) => {
        const { mode } = await stat(join(DATA_DIR, name))
        return (mode & 0o077) === 0 ? [] : [name]
      }),
    )
    // PGlite gives its cache of the catalogs, in which there is no row, a mode of its own.
    expect(open.flat().filter((name) => !name.endsWith('/pg_internal.init'))).toEqual([])
  })

  test('from before is closed at the next start', async () => {
    const { folder, remove } = await layDataFolder()
    const database = join(folder, 'postgres')
    await chmod(database, 0o755)
    expect((await runWhence(['token', 'list'], { DATA_DIR: folder })).code).toBe(0)
    expect(await modeOf(database)).toBe('700')
    await remove()
  })
})
