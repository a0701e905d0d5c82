import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createLogger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { transaction } from '#app/database/transaction.server.ts'
import { claim, handOut } from '#app/ledger/batches.ts'
import { requestRun, startQueuedRuns } from '#app/ledger/runs.ts'
import { type Outcome, settle } from '#app/ledger/work-items.ts'
import { describeUnexpected } from '#cli/program.ts'
import { startOpenaiStandIn } from '../openai/stand-in.ts'
import { describeOnProfile } from '../services/requirements.ts'
import { callWhence, layWhence, makeFolder, runWhence, startWhence } from '../services/whence.ts'
import { addInstallation, seedOf } from '../support/rehearsal.ts'

const FULL = { mode: 'full', repositories: null, since: 'all', maxPrs: null } as const
const logger = createLogger('silent')
const READY = /Whence is ready at (http:\S+)/

/** Starts a run of two repositories without processing it. */
async function beginRun(database: Database): Promise<string> {
  const { pool } = database
  const installation = await addInstallation(database)
  const { runId } = await requestRun(pool, installation, 'manual', FULL)
  await startQueuedRuns(pool, seedOf({ repositories: 2, pages: 1, perPage: 1 }), logger)
  return runId
}

/** Adds an ended run whose first items failed. */
async function failRun(database: Database): Promise<string> {
  const { pool } = database
  const runId = await beginRun(database)
  for (const { id } of await handOut(pool, 'extraction', { slots: 4, unclaimedMs: 5_000 })) {
    const batch = await claim(pool, id, 5_000)
    if (!batch) throw new Error('The batch is gone')
    const { items } = batch
    const outcomes = items.map((): Outcome => ({ state: 'failed', message: 'GitHub said no' }))
    await transaction(pool, (tx) => settle(tx, batch, { items, outcomes, isLast: true }))
  }
  return runId
}

let laid: Awaited<ReturnType<typeof layWhence<{ failed: string; open: string }>>>

beforeAll(async () => {
  laid = await layWhence(async (database) => {
    const failed = await failRun(database)
    return { failed, open: await beginRun(database) }
  })
})
afterAll(() => laid.remove())

const call = (...argv: string[]) => callWhence(argv, laid.environment)

describe('whence', () => {
  test('prints its version, and its commands with --help', async () => {
    expect(await runWhence(['--version'], {})).toMatchObject({ code: 0, stdout: '0.1.0\n' })
    const { code, stdout } = await callWhence(['--help'], {})
    expect(code).toBe(0)
    for (const name of [
      'migrate',
      'serve',
      'work',
      'status',
      'retry',
      'cancel',
      'verify',
      'search',
      'token',
      'cleanup',
    ])
      expect(stdout).toContain(`\n  ${name} `)
  })

  test.each([
    [[]],
    [['nonsense']],
    [['status', '--yaml']],
    [['retry']],
    [['retry', 'seven']],
    [['cleanup', '--older-than', 'long']],
    [['sync', '--repo', 'o/a', 'no name']],
    [['verify', '--repo', 'no name']],
  ])('exits with 2 and an empty stdout on wrong usage: %j', async (argv) => {
    expect(await callWhence(argv, {})).toMatchObject({ code: 2, stdout: '' })
  })

  test('prints an unexpected error in one line, and its stack trace at log level debug', () => {
    const error = new Error('broken\nin two lines')
    expect(describeUnexpected(error, {})).toEqual(['Unexpected error: broken'])
    const lines = describeUnexpected(error, { LOG_LEVEL: 'debug' })
    expect(lines.join('\n')).toMatch(/\n\s+at /)
  })

  test('says what to do if the database fails a command', () => {
    const error = Object.assign(new Error('canceling statement due to lock timeout'), {
      code: '55P03',
    })
    expect(describeUnexpected(error, {})).toEqual([
      'Another task locks what this needs in the database: canceling statement due to lock timeout',
      'Try again in a few seconds.',
    ])
  })
})

describe('whence status', () => {
  test('shows each step and stage, failed items, and the lack of workers', async () => {
    const { code, stdout } = await call('status')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Database {2}PostgreSQL \d+/)
    expect(stdout).toContain('Workers   none')
    expect(stdout).toMatch(/No worker is running\. Start one with `whence (work|serve)`\./)
    expect(stdout).toMatch(/Job \d+, rehearsal, full, started by hand: failed/)
    expect(stdout).toMatch(/GitHub Repositories\n {4}extraction {2}failed {6}0\/2, 2 failed/)
    expect(stdout).toContain('failed: acme/anvil: GitHub said no')
    expect(stdout).toMatch(
      /extraction {2}running {5}0\/2 so far\n {6}stalled: no worker is running/,
    )
    expect(stdout).toContain('PRs, Commits, Reviews & Comments')
  })

  test('prints the jobs as JSON', async () => {
    const { stdout, stderr } = await call('status', '--json')
    const { jobs } = JSON.parse(stdout)
    expect(stderr).toBe('')
    expect(jobs.map(({ id, overall }: { id: string; overall: string }) => [id, overall])).toEqual([
      [laid.filled.failed, 'failed'],
      [laid.filled.open, 'running'],
    ])
  })
})

describe('whence doctor', () => {
  test('has a line for each part, and fails if work is pending without a worker', async () => {
    const { code, stdout } = await call('doctor')
    const levels = stdout.matchAll(/^(ok|warn|fail) +(\w+) /gm)
    const found = Object.fromEntries([...levels].map(([, level, part]) => [part, level]))
    expect(found).toMatchObject({
      environment: 'ok',
      database: 'ok',
      migrations: 'ok',
      readers: 'ok',
      queue: 'ok',
      github: 'warn',
      provider: 'ok',
      workers: 'fail',
    })
    expect(stdout).toContain(`acme/anvil of job ${laid.filled.open}`)
    expect(code).toBe(1)
  })

  test('fails for a provider without a key, with a hint', async () => {
    const environment = { ...laid.environment, EMBEDDING_PROVIDER: 'openai' }
    const { stdout } = await callWhence(['doctor'], environment)
    expect(stdout).toMatch(/^fail {2}provider .*OPENAI_API_KEY.*\n +Set one of them/m)
  })
})

describe('whence doctor and the settings', () => {
  test('names each stored setting that is not valid, with a hint', async () => {
    expect((await call('doctor')).stdout).toMatch(/^ok +installations +their settings are valid$/m)
    const store = (settings: string) =>
      laid.use(({ pool }) => pool.query('update installation set settings = $1', [settings]))
    await store('{"history": "long"}')
    onTestFinished(async () => void (await store('{}')))
    const { code, stdout } = await call('doctor')
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(
        /^fail +installations rehearsal: history: must be .+\n +Use all, 2y .+--set`\.$/m,
      ),
    ])
  })
})

describe('whence doctor and the embedding provider', () => {
  let provider: Awaited<ReturnType<typeof startOpenaiStandIn>>
  beforeAll(async () => {
    provider = await startOpenaiStandIn(8)
  })
  afterAll(() => provider.close())

  async function line(more: Record<string, string>): Promise<string> {
    const own = { OPENAI_BASE_URL: provider.url, EMBEDDING_MODEL: 'm', EMBEDDING_DIMENSIONS: '8' }
    const environment = { ...laid.environment, ...own, ...more }
    const { code, stdout } = await callWhence(['doctor'], environment)
    expect(code).toBe(1)
    return /^\w+ +provider .*$/m.exec(stdout)?.[0] ?? stdout
  }

  test('asks it for a short text and the longest, and says what it is', async () => {
    expect(await line({})).toMatch(/^ok .* m at http.* 8 values in \d+ ms, texts up to 400 tokens$/)
    expect(provider.requests.at(-1)?.tokens).toBeGreaterThanOrEqual(400)
  })

  test('fails at a dead address, for a wrong key, other dimensions and too short a context', async () => {
    const dead = await line({ OPENAI_BASE_URL: 'http://127.0.0.1:54999/v1' })
    expect(dead).toMatch(/^fail .*did not answer.*ECONNREFUSED/)
    provider.troubles.push({ status: 401 })
    expect(await line({})).toMatch(/^fail .*OPENAI_API_KEY/)
    provider.troubles.push({ spoil: 'length' })
    expect(await line({})).toMatch(/^fail .*values instead of 8/)
    provider.context = { tokens: 20, longer: 'refused' }
    expect(await line({})).toMatch(/^fail .*takes no long text/)
    provider.context = null
  })

  test.each(['refused', 'cut'] as const)(
    'says how much a model reads if more is %s',
    async (longer) => {
      provider.context = { tokens: 256, longer }
      expect(await line({})).toMatch(/^warn .*texts up to 192 tokens; .* are embedded in parts$/)
      provider.context = null
    },
  )
})

describe('commands that change jobs', () => {
  test('retry reopens failed items, and cancel ends a job', async () => {
    const { failed, open } = laid.filled
    expect(await call('retry', failed)).toMatchObject({
      code: 0,
      stdout: `Retrying 2 work items of job ${failed}\n`,
      stderr: expect.stringContaining('No worker is running'),
    })
    expect(await call('cancel', open)).toMatchObject({ code: 0 })
    const { jobs } = JSON.parse((await call('status', '--json')).stdout)
    expect(jobs.map(({ overall }: { overall: string }) => overall)).toEqual([
      'running',
      'cancelled',
    ])
  })

  test('fail with the reason and exit code 1 if not possible', async () => {
    expect(await call('retry', '999999')).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: 'There is no job 999999\n`whence status` lists the jobs.\n',
    })
  })

  test('cleanup counts, and then deletes, what exceeds the given age', async () => {
    await laid.use(({ pool }) =>
      pool.query(`update run set finished_at = now() - interval '2 days'`),
    )
    const older = ['cleanup', '--older-than', '36h']
    expect((await call(...older, '--dry-run')).stdout).toMatch(/^Would delete [1-9]\d* work items/)
    expect((await call(...older)).stdout).toMatch(/^Deleted [1-9]\d* work items/)
    expect((await call(...older)).stdout).toMatch(/^Deleted 0 work items/)
  })
})

describe('whence serve', () => {
  test('works, runs other commands, and stops in time', async () => {
    const server = startWhence(['serve', '--work'], laid.environment)
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const url = (await server.says(READY)).split(' ').at(-1) ?? ''
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const seen = await runWhence(['status'], laid.environment)
    expect(seen).toMatchObject({ code: 0, stderr: '' })
    expect(seen.stdout).toContain(`pid ${server.child.pid}: extraction 4`)
    server.child.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0, signal: null })
    expect((await call('status')).stdout).toContain('Workers   none')
  })
})

describeOnProfile('embedded', 'whence on the embedded profile', () => {
  test('creates the folder once if several commands need it at the same time', async () => {
    const { folder, remove } = await makeFolder()
    onTestFinished(remove)
    const environment = { DATA_DIR: join(folder, 'deep', 'data') }
    const both = [runWhence(['migrate'], environment), runWhence(['migrate'], environment)]
    const ends = (await Promise.all(both)).sort((a, b) => (a.stdout < b.stdout ? -1 : 1))
    // Comparing stderr as well makes a failure show its reason.
    expect(ends).toEqual([
      {
        code: 0,
        signal: null,
        stdout: expect.stringMatching(/^Applied /),
        stderr: expect.any(String),
      },
      { code: 0, signal: null, stdout: 'The database is up to date\n', stderr: expect.any(String) },
    ])
    expect(await readdir(environment.DATA_DIR)).toEqual(['postgres'])
  })

  test('runs one server, which a second one names', async () => {
    const server = startWhence(['serve'], laid.environment)
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const url = (await server.says(READY)).split(' ').at(-1)
    const { code, stdout, stderr } = await runWhence(['serve'], laid.environment)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`in use by \`whence serve\` (pid ${server.child.pid}) at ${url}\n`)
    expect(stderr).toContain('stop it first')
    // The server runs the commands of other processes: the exit code and both streams come from it.
    expect(await runWhence(['retry', '999999'], laid.environment)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^There is no job 999999\n/),
    })
    server.child.kill('SIGKILL')
    expect(await server.ended).toMatchObject({ signal: 'SIGKILL' })
    expect(await call('status')).toMatchObject({ code: 0 })
    expect(await readdir(laid.environment.DATA_DIR ?? '')).toEqual(['postgres'])
  })

  test('has no separate workers, and says why', async () => {
    expect(await call('work')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^On the embedded profile the workers run inside `whence serve`/,
      ),
    })
  })
})

describeOnProfile('external', 'whence on the external profile', () => {
  test('runs workers in separate processes, which sign off when stopped', async () => {
    const worker = startWhence(['work'], laid.environment)
    onTestFinished(() => void worker.child.kill('SIGKILL'))
    await worker.says(/is ready, with 4 slots per stage/)
    expect((await call('status')).stdout).toContain(`pid ${worker.child.pid}: extraction 4`)
    worker.child.kill('SIGINT')
    expect(await worker.ended).toMatchObject({ code: 0 })
    expect((await call('status')).stdout).toContain('Workers   none')
  })

  test('refuses to start on a database that is not migrated, with a hint', async () => {
    await laid.use(({ pool }) => pool.query('alter table _prisma_migrations rename to hidden'))
    onTestFinished(() =>
      laid.use(async ({ pool }) => {
        await pool.query('alter table hidden rename to _prisma_migrations')
      }),
    )
    for (const command of ['status', 'work', 'serve'])
      expect(await call(command)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^The database lacks migrations: .*\nRun `whence migrate`/),
      })
  })
})
