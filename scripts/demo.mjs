// `npm run demo`: `npm start` against a GitHub stand-in, without credentials. All its data is deleted at the
// end.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { report } from './failures.mjs'
import { prepare } from './prepare.mjs'
import { runInForeground, startInBackground } from './steps.mjs'

const PORT = process.env.PORT || 3000
const ORGANISATION = 'saltmarsh'
const GITHUB_VARIABLES = /^(GITHUB_|SYNC_HISTORY)/

async function demo() {
  const { data, rest } = readArguments(process.argv.slice(2))
  await prepare()
  const folder = await mkdtemp(join(tmpdir(), 'whence-demo-'))
  const ended = new AbortController()
  const github = await startInBackground(process.execPath, [
    ...['--import', 'tsx', 'test/github/main.ts', '--port', '0'],
    ...['--hook', `http://127.0.0.1:${PORT}/webhooks/github`],
    ...(data.length > 0 ? ['--data', ...data] : []),
  ])
  try {
    const environment = {
      ...withoutGithub(process.env),
      ...variablesOf(await github.says('GITHUB_TOKEN')),
      SYNC_HISTORY: 'all',
    }
    if (!environment.DATABASE_URL && !environment.DATA_DIR) environment.DATA_DIR = folder
    const server = ['--import', 'tsx', 'cli/main.ts', 'serve', '--work', '--migrate', ...rest]
    if (data.length === 0) void switchCodeOn(`http://127.0.0.1:${PORT}`, ended.signal)
    return await runInForeground(process.execPath, server, environment)
  } finally {
    ended.abort()
    await github.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Switches the code of the demo organisation on, as soon as Whence knows it. */
async function switchCodeOn(address, signal) {
  const path = `${address}/api/v1/installations`
  while (!signal.aborted && !(await trySwitchOn(path)))
    await setTimeout(300, undefined, { ref: false })
}

/** Returns false as long as the server does not listen, or does not know the organisation. */
async function trySwitchOn(path) {
  try {
    const { installations = [] } = await (await fetch(path)).json()
    const found = installations.find(({ account }) => account === ORGANISATION)
    if (!found) return false
    const answer = await fetch(`${path}/${found.installation}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: { repositories: ['*'] } }),
    })
    if (!answer.ok) console.error(`The code of the demo stays off: ${await answer.text()}`)
    return true
  } catch {
    return false
  }
}

function readArguments(given) {
  const at = given.indexOf('--data')
  if (at === -1) return { data: [], rest: given }
  const after = given.slice(at + 1)
  const end = after.findIndex((word) => word.startsWith('--'))
  const data = (end === -1 ? after : after.slice(0, end)).map((path) => resolve(path))
  return { data, rest: [...given.slice(0, at), ...(end === -1 ? [] : after.slice(end))] }
}

/** Parses the `NAME=value` lines in which the stand-in prints the environment for Whence. */
function variablesOf(text) {
  const found = [...text.matchAll(/^(GITHUB_\w+)="?(.*?)"?$/gm)]
  return Object.fromEntries(found.map(([, name, value]) => [name, value]))
}

function withoutGithub(environment) {
  const kept = Object.entries(environment).filter(([name]) => !GITHUB_VARIABLES.test(name))
  return Object.fromEntries(kept)
}

demo().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    process.exitCode = report(error)
  },
)
