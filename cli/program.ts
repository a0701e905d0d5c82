import { Command, CommanderError, Option } from 'commander'
import { readConfig, readRemote } from '#app/config/env.server.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { createLogger } from '#app/config/logger.server.ts'
import { hideSecrets } from '#app/config/secrets.ts'
import { terminalText } from '#app/config/terminal-text.ts'
import { databaseFailure, FAILURES } from '#app/database/failures.ts'
import { ITEMS_KEPT } from '#app/sync/records/cleanup.ts'
import { type Terminal, write } from '#server/folder/command-socket.ts'
import type { Services } from '#server/services/services.ts'
import {
  duration,
  jobNumber,
  levelArgument,
  momentArgument,
  positive,
  repositoryArgument,
} from './arguments.ts'
import type { OnBackend } from './backend.ts'
import type { CommandContext } from './context.ts'
import { defineSessions, defineTokens } from './define-access.ts'
import { defineIngest, defineProjects, defineWhy } from './define-code.ts'
import { defineDeliveries } from './define-deliveries.ts'
import { defineAudit, defineLeaving } from './define-leaving.ts'
import { defineSearch, styleFor } from './define-search.ts'
import { runAtData } from './enter-folder.ts'
import { failure, report } from './findings.ts'
import type { LogOptions } from './log.ts'
import type { Listen } from './serve.ts'
import type { SyncOptions } from './sync.ts'
import type { VerifyOptions } from './verify.ts'
import { VERSION } from './version.ts'

export interface ProgramOptions {
  argv: string[]
  environment: Partial<NodeJS.ProcessEnv>
  /** The services of the server that runs the command for another process. */
  services?: Services
  listen: Listen
}

type CommandRun = (context: CommandContext) => Promise<number>
type Done = (run: Promise<number>) => Promise<void>

/**
 * Runs one command line and writes its output to the terminal. Never rejects.
 *
 * @returns the exit code: 0 success, 1 failure, 2 usage error.
 */
export async function runProgram(given: ProgramOptions, terminal: Terminal): Promise<number> {
  const options = { ...given, argv: styleFor(given.argv, isWatched(given, terminal)) }
  let code = 0
  const program = defineProgram(options, terminal, async (run) => {
    code = await run
  })
  try {
    await program.parseAsync(options.argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    await describeError(error, options, terminal)
    return 1
  }
}

function defineProgram(options: ProgramOptions, terminal: Terminal, done: Done): Command {
  const program = new Command('whence')
    .description('A complete, searchable copy of everything ever said about your code on GitHub.')
    .version(VERSION, '--version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .showHelpAfterError('Run `whence --help` to list the commands and their options.')

  const { onData, onBackend } = openRunners(options, terminal, done)
  defineProcesses(program, options, terminal, done)
  defineDecisions(program, onData)
  // Each command is imported when it runs: a command that runs in a server needs no database here.
  program
    .command('migrate')
    .description('apply the pending database migrations')
    .action(() =>
      onData('migrate', async (context) => (await import('./migrate.ts')).migrate(context), true),
    )
  defineSync(program, onBackend)
  defineVerify(program, onData)
  defineSearch(program, onBackend)
  defineTokens(program, onData)
  defineSessions(program, onData)
  defineIngest(program, onBackend)
  defineProjects(program, onData)
  defineWhy(program, onBackend)
  defineLeaving(program, onData)
  defineAudit(program, onData)
  defineDeliveries(program, onData)
  program
    .command('replay')
    .description('rebuild tables, passages and vectors from the stored raw records')
    .action(() =>
      onData('replay', async (context) => (await import('./replay.ts')).replay(context)),
    )
  program
    .command('status')
    .description('show services, workers and jobs')
    .option('--json', 'print JSON: {"jobs": […]}', false)
    .action((flags: { json: boolean }) =>
      onBackend('status', { services: 'database' }, async (terminal, backend) =>
        (await import('./status.ts')).status(terminal, backend, flags),
      ),
    )
  program
    .command('doctor')
    .description('check everything that Whence needs, with a hint for each problem')
    .action(() => done(examine(options, terminal)))
  return program
}

/** Returns the ways to run a command that ends by itself. */
function openRunners(options: ProgramOptions, terminal: Terminal, done: Done) {
  /** Runs a command on the data, possibly inside a running server of the embedded folder. */
  function onData(name: string, run: CommandRun, create = false): Promise<void> {
    const context = openContext(options, terminal, 'once')
    const entry = { argv: options.argv, command: name, create }
    return done(runAtData(context, entry, () => run(context)))
  }
  /** Runs a command on the Whence of `WHENCE_URL`, or on the data as `onData` does. */
  const onBackend: OnBackend = (name, needs, run) => {
    const remote = options.services ? null : readRemote(options.environment)
    if (remote)
      return done(
        import('./remote-backend.ts').then(({ openRemote }) =>
          run(terminal, openRemote(remote, terminal)),
        ),
      )
    return onData(
      name,
      async (context) => {
        const { withLocal } = await import('./local-backend.ts')
        return withLocal(context, needs, (backend) => run(context, backend))
      },
      needs.create,
    )
  }
  return { onData, onBackend }
}

/** Returns true if stdout is a terminal and colors are not disabled (https://no-color.org). */
function isWatched({ environment }: ProgramOptions, { stdout }: Terminal): boolean {
  return 'isTTY' in stdout && stdout.isTTY === true && !environment.NO_COLOR
}

/** Defines the commands that run until they are stopped. */
function defineProcesses(
  program: Command,
  options: ProgramOptions,
  terminal: Terminal,
  done: Done,
): void {
  program
    .command('serve')
    .description('start the web server; on the embedded profile, also the workers')
    .option('--work', 'also run workers in this process', false)
    .option('--migrate', 'apply the pending database migrations first', false)
    .action(async (flags: { work: boolean; migrate: boolean }) => {
      const context = openContext(options, terminal, 'for long')
      const runCommand = (services: Services) => (argv: string[], theirs: Terminal) =>
        runProgram({ ...options, argv, services }, theirs)
      const { serve } = await import('./serve.ts')
      return done(serve(context, { ...flags, listen: options.listen, runCommand }))
    })
  program
    .command('work')
    .description('start workers without the web server (needs DATABASE_URL and REDIS_URL)')
    .action(async () => {
      const context = openContext(options, terminal, 'for long')
      return done((await import('./work.ts')).work(context))
    })
}

const REPOSITORIES = [
  '--repo <name...>',
  'owner/name, owner/* or a GitHub URL; all repositories if omitted',
  repositoryArgument,
  [] as string[],
] as const

function defineSync(program: Command, onBackend: OnBackend): void {
  program
    .command('sync')
    .description('sync repositories and pull requests from GitHub')
    .option(...REPOSITORIES)
    .addOption(
      new Option('--mode <mode>', 'full reads everything again, even if nothing changed').choices([
        'full',
        'incremental',
      ]),
    )
    .option('--since <date>', 'how far back to read: a date, or all', momentArgument)
    .option(
      '--max-prs <count>',
      'read only this many of the newest pull requests of each repository',
      positive,
    )
    .option('--no-cache', 'keep no raw records beyond the job, so that replay is not possible')
    .option('--wait', 'run workers and wait until the job has ended', false)
    .option('--json', 'print JSON: {"jobs": […]}', false)
    .action((flags: SyncOptions) =>
      onBackend(
        'sync',
        { services: 'all', works: flags.wait, create: true },
        async (terminal, backend) => (await import('./sync.ts')).sync(terminal, backend, flags),
      ),
    )
}

function defineVerify(
  program: Command,
  onData: (name: string, run: CommandRun) => Promise<void>,
): void {
  program
    .command('verify')
    .description('compare the pull requests and their counts with GitHub')
    .option(...REPOSITORIES)
    .option('--json', 'print JSON: {"repositories": […], "complete": …}', false)
    .action((flags: VerifyOptions) =>
      onData('verify', async (context) => (await import('./verify.ts')).verify(context, flags)),
    )
}

function defineDecisions(
  program: Command,
  onData: (name: string, run: CommandRun) => Promise<void>,
): void {
  const job = ['<job>', 'the number of the job, as `whence status` shows it', jobNumber] as const
  program
    .command('retry')
    .description('retry the failed items and the gaps of a job, or what waits in it')
    .argument(...job)
    .action((job: string) =>
      onData('retry', async (context) => (await import('./retry.ts')).retry(context, { job })),
    )
  program
    .command('cancel')
    .description('cancel a job; it cannot be resumed')
    .argument(...job)
    .action((job: string) =>
      onData('cancel', async (context) => (await import('./cancel.ts')).cancel(context, { job })),
    )
  program
    .command('log')
    .description('tell what happened in a job')
    .argument(...job)
    .option('--level <level>', 'the lowest level to print: info, warning or error', levelArgument)
    .option('--follow', 'go on until the job has ended', false)
    .option('--json', 'print one JSON object per line', false)
    .action((job: string, flags: Omit<LogOptions, 'job'>) =>
      onData('log', async (context) => (await import('./log.ts')).log(context, { ...flags, job })),
    )
  program
    .command('cleanup')
    .description('delete old work items, jobs and raw records')
    .option(
      '--older-than <time>',
      'delete the work items of jobs that ended at least this long ago',
      duration,
      ITEMS_KEPT,
    )
    .option('--dry-run', 'print the counts, but delete nothing', false)
    .action((flags: { olderThan: number; dryRun: boolean }) =>
      onData('cleanup', async (context) => (await import('./cleanup.ts')).cleanup(context, flags)),
    )
}

/** Reports errors that keep other commands from starting as findings, instead of failing. */
async function examine(options: ProgramOptions, terminal: Terminal): Promise<number> {
  try {
    const context = openContext(options, terminal, 'once')
    const entry = { argv: options.argv, command: 'doctor', create: false }
    return await runAtData(context, entry, async () =>
      (await import('./doctor.ts')).doctor(context),
    )
  } catch (error) {
    terminal.signal.throwIfAborted()
    return report(terminal, 'start', failure(error))
  }
}

/**
 * Opens the context. A command that runs once prints its own results, so at log level info it only logs
 * errors.
 */
function openContext(
  { environment, services }: ProgramOptions,
  terminal: Terminal,
  runs: 'once' | 'for long',
): CommandContext {
  if (services) return { ...terminal, ...services, services }
  const remote = readRemote(environment)
  if (remote)
    throw new OperatorError(
      `This command works only where Whence runs, and WHENCE_URL names ${remote.url}`,
      'Run it there, or unset WHENCE_URL to run it here. From elsewhere, search, why, ingest, status and sync work.',
    )
  const config = readConfig(environment)
  const { LOG_LEVEL: level } = config
  const logger = createLogger(runs === 'once' && level === 'info' ? 'error' : level)
  return { ...terminal, config, logger, services: null }
}

async function describeError(error: unknown, options: ProgramOptions, terminal: Terminal) {
  const stopped = terminal.signal.aborted && error === terminal.signal.reason
  const lines =
    error instanceof OperatorError || error instanceof RefusedError
      ? [error.message, error.hint]
      : stopped && error instanceof Error
        ? [error.message]
        : describeUnexpected(error, options.environment)
  // If this fails, the reader of the terminal is gone and nobody can be notified.
  await write(
    terminal.stderr,
    `${lines.map((line) => terminalText(hideSecrets(line))).join('\n')}\n`,
  ).catch(() => {})
}

/** Returns one line and possibly a hint, followed by the stack trace at log level debug or trace. */
export function describeUnexpected(
  error: unknown,
  environment: Partial<NodeJS.ProcessEnv>,
): string[] {
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error && error.stack ? [error.stack] : []
  const detailed = ['trace', 'debug'].includes(environment.LOG_LEVEL ?? '')
  const [line = ''] = message.split('\n')
  const failure = databaseFailure(error)
  const lines = failure
    ? [`${FAILURES[failure].message}: ${line}`, FAILURES[failure].hint]
    : [`Unexpected error: ${line}`]
  return [...lines, ...(detailed ? stack : [])]
}
