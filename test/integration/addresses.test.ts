import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Config } from '#app/config/env.server.ts'
import { type ConnectionChange, storeConnection } from '#app/github/connection/store-connection.ts'
import { startWeb } from '#server/web.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { callWhence } from '../services/whence.ts'
import { addInstallation } from '../support/rehearsal.ts'
import { send } from '../support/send.ts'

const COMPANY = { apiUrl: 'https://api.acme.ghe.com', webUrl: 'https://acme.ghe.com' }
const SERVER = { apiUrl: 'https://git.acme.example/api/v3', webUrl: 'https://git.acme.example' }

let opened: TestServices
let services: TestServices['services']

beforeAll(async () => {
  opened = await openTestServices()
  services = {
    ...opened.services,
    config: { ...opened.services.config, PORT: 0, SECRET_KEY: 'ab'.repeat(32) },
  }
  await addInstallation(services.database)
})
afterAll(() => opened.close())

const run = (argv: string[], more: Partial<Config> = {}) =>
  callWhence(argv, {}, { ...services, config: { ...services.config, ...more } })

/** Stores a connection, as the set-up in the browser does. */
async function connect(change: ConnectionChange): Promise<void> {
  const { database, config } = services
  await storeConnection({ ...database, config }, 'operator', { token: 'ghp_1', ...change })
}

const COMMANDS: [string, string[]][] = [
  ['sync', ['sync', '--repo']],
  ['verify', ['verify', '--repo']],
  ['search', ['search', 'words', '--repo']],
  ['purge', ['purge', '--repo']],
  ['deliveries list', ['deliveries', 'list', '--repo']],
  ['ingest', ['ingest', '--project', 'p']],
  ['projects delete', ['projects', 'delete', '--project', 'p', '--repo']],
]

test.each(COMMANDS)('whence %s refuses an address elsewhere, by its host', async (_, argv) => {
  await connect(COMPANY)
  for (const address of ['https://github.com/acme/engine', 'git@github.com:acme/engine.git'])
    expect(await run([...argv, address])).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr:
        'The repository is on github.com, and this server reads acme.ghe.com only\nGive a repository on acme.ghe.com.\n',
    })
})

test.each([
  [COMPANY, 'https://acme.ghe.com/acme/engine/pull/7'],
  [COMPANY, 'git@acme.ghe.com:acme/engine.git'],
  [SERVER, 'git.acme.example/acme/engine'],
  [SERVER, 'ssh://git@git.acme.example:8022/acme/engine.git'],
  [{ apiUrl: null, webUrl: null }, 'https://github.com/acme/engine'],
])('with %o stored, %s is a repository of it', async (place, address) => {
  await connect(place)
  const searched = await run(['search', 'words', '--json', '--repo', address])
  expect(JSON.parse(searched.stdout)).toMatchObject({ query: 'words repo:acme/engine' })
  expect(await run(['purge', '--repo', address])).toMatchObject({
    stderr: expect.stringMatching(/^There is no copy of acme\/engine\n/),
  })
  expect(await run(['deliveries', 'list', '--repo', address])).toMatchObject({ code: 0 })
})

test('an address of the environment wins over the stored one', async () => {
  await connect(COMPANY)
  const given = { GITHUB_WEB_URL: 'https://git.example', GITHUB_API_URL: 'https://git.example/api' }
  const search = (host: string) => run(['search', 'words', '--repo', `${host}/acme/engine`], given)
  expect(await search('git.example')).toMatchObject({ code: 0 })
  expect((await search('acme.ghe.com')).stderr).toMatch(/^The repository is on acme\.ghe\.com/)
})

test('what is no name is wrong usage, wherever GitHub is', async () => {
  for (const [, argv] of COMMANDS.filter(([name]) => !/ingest|projects/.test(name)))
    expect(await run([...argv, 'https://acme.ghe.com/acme'])).toMatchObject({ code: 2, stdout: '' })
})

test('the API refuses an address elsewhere, by its host', async () => {
  await connect(COMPANY)
  const web = await startWeb(services)
  onTestFinished(() => web.close())
  const body = JSON.stringify({ repositories: ['https://github.com/acme/engine'] })
  const headers = { 'content-type': 'application/json' }
  const asked = await send(`${web.url}/api/v1/jobs`, headers, 'POST', body)
  expect(asked.status).toBe(422)
  expect(JSON.parse(asked.body).detail).toContain('on github.com, and this server reads acme.ghe')
})
