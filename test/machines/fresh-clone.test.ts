import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '#test/architecture/sources.ts'
import { type StandIn, startStandIn } from '#test/github/stand-in.ts'
import { fullName } from '#test/github/world/world.ts'
import { describeWithServers } from '#test/services/requirements.ts'
import { documentedCommands } from '#test/support/documented/commands.ts'
import { recipeOf } from '#test/support/documented/recipes.ts'

const PATIENCE = 15 * 60_000
const folder = mkdtempSync(join(tmpdir(), 'whence-clone-'))
const clone = join(folder, 'clone')
// PostgreSQL runs as another user where the tests run as root.
chmodSync(folder, 0o711)
const children = new Set<ChildProcess>()
let github: StandIn
let site: { url: string; stop(): Promise<number | null> } | undefined
let token = ''
let services: Record<string, string> = {}

beforeAll(async () => {
  const options = { cwd: ROOT, encoding: 'utf8' } as const
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], options)
  const files = listed.split('\0').filter((path) => path && existsSync(join(ROOT, path)))
  for (const path of files) cpSync(join(ROOT, path), join(clone, path))
  github = await startStandIn({ sources: [{ kind: 'demo' }] })
  writeFileSync(join(folder, 'app.pem'), github.privateKey)
})

afterAll(async () => {
  await site?.stop()
  for (const { pid } of children) if (pid) process.kill(-pid, 'SIGKILL')
  await run('scripts/services.sh stop ../own-services', {})
  await github.stop()
  rmSync(folder, { recursive: true, force: true })
}, PATIENCE)

/** A fresh environment, as of somebody who has just cloned the repository. */
function environment(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR = '', WHENCE_TEST_PG_BIN = '' } = process.env
  return {
    ...{ PATH, HOME, ...(TMPDIR && { TMPDIR }), ...(WHENCE_TEST_PG_BIN && { WHENCE_TEST_PG_BIN }) },
    ...{ PORT: '0', GITHUB_API_URL: github.url, GITHUB_WEB_URL: github.url },
  }
}

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

function start(command: string, more: Record<string, string>) {
  const env = { ...environment(), ...more } as unknown as NodeJS.ProcessEnv
  const child = spawn('bash', ['-c', command], { cwd: clone, env, detached: true })
  children.add(child)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      children.delete(child)
      resolve({ code, ...said })
    })
  })
  async function says(pattern: RegExp): Promise<string> {
    let over = false
    void ended.then(() => {
      over = true
    })
    for (;;) {
      const match = pattern.exec(said.stdout)
      if (match) return match[0]
      if (over) throw new Error(`\`${command}\` ended: ${said.stdout}${said.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  async function stop(): Promise<number | null> {
    // Only to the command itself, which passes it on: a second signal would end a server at once.
    child.kill('SIGTERM')
    return (await ended).code
  }
  return { ended, says, stop }
}

function run(command: string, more: Record<string, string>): Promise<Ended> {
  return start(command, more).ended
}

/** Puts real values in the place of the examples. */
function filledIn(command: string): string {
  const [repository] = [...github.world.repositories.values()]
  const name = repository ? fullName(repository) : ''
  const pulls = [...(repository?.pulls.values() ?? [])]
  const author = pulls.flatMap((pull) => ('author' in pull ? (pull.author ?? []) : []))[0]
  const values: [RegExp, string][] = [
    [/octo\/repo|owner\/name/g, name],
    [/octo\/\*/g, `${name.split('/')[0]}/*`],
    [/GITHUB_TOKEN=…/g, `GITHUB_TOKEN=${github.personalToken}`],
    [/\bJOB\b/g, '1'],
    [/\boctocat\b/g, author?.login ?? ''],
    [/\/tmp\/whence-services/g, '../services'],
    [/\/run\/secrets\/app\.pem/g, '../app.pem'],
    [/http:\/\/localhost:3000|https:\/\/whence\.example\.com/g, site?.url ?? ''],
  ]
  return values.reduce((text, [pattern, value]) => text.replace(pattern, value), command)
}

describeWithServers('a fresh clone', () => {
  test('`npm run whence` installs and prepares what is missing, and syncs', {
    timeout: PATIENCE,
  }, async () => {
    const documented =
      'GITHUB_TOKEN=… npm run whence -- sync --repo owner/name --max-prs 100 --since all --wait'
    expect(documentedCommands().map(({ command }) => command)).toContain(documented)
    const { code, stdout, stderr } = await run(filledIn(documented), {})
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stderr).toContain('installing packages')
    expect(stdout).not.toContain('installing packages')
    const server = start('npm start', { GITHUB_TOKEN: github.personalToken })
    const url = (await server.says(/Whence is ready at http:\S+/)).split(' ').at(-1) as string
    site = { url, stop: server.stop }
    const given = await run('scripts/services.sh start ../own-services', {})
    const pairs = [...given.stdout.matchAll(/\b(DATABASE_URL|REDIS_URL)='?([^'\n]+)'?$/gm)]
    services = Object.fromEntries(pairs.map(([, name, value]) => [name as string, value as string]))
    expect(Object.keys(services)).toHaveLength(2)
    expect(await run('npm run whence -- migrate', services)).toMatchObject({ code: 0 })
  })

  for (const { path, line, command } of documentedCommands()) {
    const recipe = recipeOf(command)
    const title = `\`${command}\` of ${path}:${line} works`
    if (recipe?.not) test.skip(`${title} [not run: ${recipe.not}]`, () => {})
    else
      test(title, { timeout: PATIENCE }, async () => {
        if (!recipe) throw new Error('test/support/documented/recipes.ts does not know it')
        const more = { ...(token && { TOKEN: token }), ...(recipe.services && services) }
        if (!recipe.serves) {
          const { code, stdout, stderr } = await run(
            recipe.check ? `${filledIn(command)} && ${recipe.check}` : filledIn(command),
            more,
          )
          expect({ code, stdout, stderr }).toMatchObject({ code: recipe.code ?? 0 })
          token = /whence_[\w-]{43}/.exec(stdout)?.[0] ?? token
          return
        }
        const own = { ...more, GITHUB_APP_ID: '', DATA_DIR: mkdtempSync(join(folder, 'data-')) }
        const app = command.includes('PRIVATE_KEY') && { GITHUB_APP_ID: String(github.appId) }
        const process = start(filledIn(command), { ...own, ...app })
        await process.says(recipe.serves)
        const code = await process.stop()
        // curl ends with the signal; a server stops cleanly.
        if (!command.startsWith('curl')) expect(code).toBe(0)
      })
  }
})
