// `npm run demo`: `npm start` against a GitHub stand-in, without credentials. All its data is deleted at the
// end.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { report } from './failures.mjs'
import { prepare } from './prepare.mjs'
import { runInForeground, startInBackground } from './steps.mjs'

const GITHUB_VARIABLES = /^(GITHUB_|SYNC_HISTORY)/

async function demo() {
  const { data, rest } = readArguments(process.argv.slice(2))
  await prepare()
  const folder = await mkdtemp(join(tmpdir(), 'whence-demo-'))
  const github = await startInBackground(process.execPath, [
    ...['--import', 'tsx', 'test/github/main.ts', '--port', '0'],
    ...['--hook', `http://127.0.0.1:${process.env.PORT || 3000}/webhooks/github`],
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
    return await runInForeground(process.execPath, server, environment)
  } finally {
    await github.stop()
    await rm(folder, { recursive: true, force: true })
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
