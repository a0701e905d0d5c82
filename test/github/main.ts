import { createPrivateKey, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import type { Source } from '#test/github/sources/sources.ts'
import { BadSourceError } from './bad-source.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

type Options = {
  data: string[]
  privateData: string[]
  demo?: boolean
  generate?: number
  quiet: number
  seed: number
  port: number
  fault: string[]
  enterprise?: boolean
  longTokens?: boolean
  privateKey?: string
  hook?: string
}

const program = new Command('github')
  .description('Starts the stand-in GitHub by itself, on the loopback interface.')
  .option('--data <path...>', 'archives of repositories: files or folders', [])
  .option('--private-data <path...>', 'the same, as private repositories', [])
  .option('--demo', 'the demo organisation (the default where nothing else is named)')
  .option('--generate <pulls>', 'an organisation of so many generated pull requests', readCount)
  .option('--quiet <repositories>', 'generated repositories in which nothing happens', readCount, 0)
  .option('--seed <number>', 'seeds the generated organisation and the faults', readCount, 1)
  .option('--port <number>', 'the port; 0 takes a free one', readPort, 4010)
  .option(
    '--fault <json...>',
    'faults as JSON, or a kind: \'{"kind":"bad-gateway","rate":0.1}\'',
    [],
  )
  .option('--enterprise', 'an Enterprise Server without limits')
  .option('--long-tokens', 'installation tokens of 520 characters')
  .option('--hook <url>', "the address to which the App's webhooks are delivered")
  .option('--private-key <file>', "the App's private key in PEM; a fresh one where not given")

function readPort(text: string): number {
  const port = readCount(text)
  if (port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return port
}

function readCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 0) return count
  throw new InvalidArgumentError('It must be a whole number.')
}

function sourcesOf(options: Options): Source[] {
  const { data, privateData, generate, quiet, seed } = options
  const named: Source[] = [
    ...data.map((path): Source => ({ kind: 'archives', path })),
    ...privateData.map((path): Source => ({ kind: 'archives', path, visibility: 'PRIVATE' })),
  ]
  if (generate !== undefined) {
    named.push({ kind: 'generated', pulls: generate, quietRepositories: quiet, seed })
  }
  return options.demo || named.length === 0 ? [{ kind: 'demo' }, ...named] : named
}

function readFault(text: string): GivenFault {
  if (!text.startsWith('{')) return { kind: text } as GivenFault
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BadSourceError(`${text} is not JSON: write a fault as {"kind": "…"}.`, { cause })
  }
}

function explain(error: unknown, port: number): string {
  if (error instanceof BadSourceError) return error.message
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken: choose another with --port, or --port 0.`
  if (code === 'EACCES') return `Port ${port} may not be used: choose one above 1023 with --port.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function readKey(file: string): string {
  try {
    const key = readFileSync(file, 'utf8')
    createPrivateKey(key)
    return key
  } catch (cause) {
    throw new BadSourceError(`${file} cannot be read: name a file with a PEM key.`, { cause })
  }
}

async function start(options: Options): Promise<StandIn> {
  const standIn = await startStandIn({
    sources: sourcesOf(options),
    port: options.port,
    seed: options.seed,
    limits: { off: options.enterprise ?? false },
    tokens: { tokenLength: options.longTokens ? 520 : 40 },
    faults: options.fault.map(readFault),
    linksToItself: true,
    ...(options.privateKey ? { privateKey: readKey(options.privateKey) } : {}),
  })
  standIn.hook.config.secret = randomBytes(32).toString('hex')
  standIn.hook.config.url = options.hook ?? null
  givePeople(standIn)
  return standIn
}

/** Lets people of the demo sign in: an owner, a member, one who reads one repository, and an outsider. */
function givePeople({ world, people }: StandIn): void {
  const [owner] = [...world.repositories.values()].map((one) => one.owner.login)
  people.give('mara-lindqvist', { owns: owner ? [owner] : [] })
  people.give('elena-duarte', { reads: [`${owner}/*`] })
  people.give('kenji-watts', { reads: [`${owner}/quay`] })
  people.give('dmitri-vance', {})
}

function report(standIn: StandIn): void {
  const { repositories, installations } = standIn.world
  const pulls = [...repositories.values()].reduce((sum, one) => sum + one.pulls.size, 0)
  const accounts = [...installations.values()].map((one) => one.account.login)
  console.error(
    `The stand-in GitHub holds ${repositories.size} repositories, ${pulls} pull requests.`,
  )
  console.error(
    `The App is installed on ${accounts.join(', ')}. Truth and changes: ${standIn.url}/_stand-in`,
  )
  console.log(`GITHUB_API_URL=${standIn.url}`)
  console.log(`GITHUB_WEB_URL=${standIn.url}`)
  console.log(`GITHUB_APP_ID=${standIn.appId}`)
  console.log(`GITHUB_APP_PRIVATE_KEY="${standIn.privateKey.trim().replaceAll('\n', '\\n')}"`)
  console.log(`GITHUB_CLIENT_ID=${standIn.clientId}`)
  console.log(`GITHUB_CLIENT_SECRET=${standIn.signIn.clientSecret}`)
  console.log(`GITHUB_WEBHOOK_SECRET=${standIn.hook.config.secret}`)
  console.log(`# or, without an App:\n# GITHUB_TOKEN=${standIn.personalToken}`)
}

const options = program.parse().opts<Options>()
try {
  const standIn = await start(options)
  report(standIn)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void standIn.stop())
  }
} catch (error) {
  console.error(explain(error, options.port))
  process.exitCode = 1
}
