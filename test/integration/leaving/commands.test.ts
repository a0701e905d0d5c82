import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { NO_ROWS } from '#app/sync/leaving/erased-rows.ts'
import { ensureSchedules } from '#app/sync/requests/schedules.ts'
import { layWhence, runWhence } from '../../services/whence.ts'
import { actor, commentNode, listOf, pullRequestNode, repositoryNode } from '../../support/nodes.ts'
import { addRepository, addRun, type Store, takeAndTransform } from '../../support/records.ts'
import { addInstallation } from '../../support/rehearsal.ts'

vi.setConfig({ testTimeout: 120_000 })

// Real processes, which print to a real stdout.
let laid: Awaited<ReturnType<typeof layWhence<{ installation: string }>>>

beforeAll(async () => {
  laid = await layWhence(async (database) => {
    const { pool } = database
    const installationId = await addInstallation(database, {})
    await ensureSchedules(pool, installationId)
    const runId = await addRun(pool, installationId)
    const store: Store = { pool, installationId, runId, [Symbol.asyncDispose]: async () => {} }
    for (const name of ['anvil', 'brick', 'crate']) {
      const node = { id: `R_${name}`, name, nameWithOwner: `acme/${name}` }
      const id = await addRepository(store, repositoryNode(node))
      await takeAndTransform(store, id, {
        ...pullRequestNode({ number: 1, id: `PR_${name}` }),
        comments: listOf([commentNode(name.charCodeAt(0), { author: actor('bob'), body: 'Hush' })]),
      })
    }
    return { installation: installationId }
  })
}, 60_000)
afterAll(() => laid.remove())

const run = (...argv: string[]) => runWhence(argv, { ...laid.environment, LOG_LEVEL: 'error' })

/** The output of a command that succeeds. */
async function prints(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...argv)
  expect({ code, stderr: stderr.replace(/^Texts in which .+\n/, '') }).toEqual({
    code: 0,
    stderr: '',
  })
  return stdout
}

const COUNTS = /1 repository, 1 pull request, 1 comment, \d+ passages? and \d+ raw records?\.\n$/

describe('whence settings', () => {
  test('shows the settings of each installation in words, or as JSON', async () => {
    const shown = await prints('settings')
    expect(shown).toMatch(/^\d+ {2}rehearsal\n/)
    expect(shown).toMatch(/\n {2}schedules\.incremental: every /)
    const { installations } = JSON.parse(await prints('settings', '--json'))
    expect(installations).toHaveLength(1)
    expect(installations[0]).toMatchObject({ account: 'rehearsal', active: true })
  })

  test('says what a change would do, makes it, and refuses what is not valid', async () => {
    const set = ['--set', 'history=3y', 'schedules.full=0 3 * * 1 Europe/Berlin']
    expect(await prints('settings', ...set, '--dry-run')).toMatch(
      /^This would change:\n(.+\n)*Full syncs: every Monday at 03:00 \(Europe\/Berlin\)/,
    )
    expect(await prints('settings')).not.toContain('history: 3y')
    expect(await prints('settings', ...set)).toMatch(/^Saved\.\n/)
    const shown = await prints('settings', '--installation', laid.filled.installation)
    expect(shown).toContain('history: 3y\n')
    expect(shown).toContain('schedules.full: every Monday at 03:00 (Europe/Berlin)')
    expect(await prints('settings', ...set)).toMatch(/^Nothing changed\.\n/)
    const refused = await run('settings', '--set', 'schedules.full=0 3 * * 1 Mars/Base')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^schedules\.full: .+\n.+\.\n$/)
    expect(await run('settings', '--installation', '99999', '--set', 'history=1y')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no such installation'),
    })
  })
})

describe('whence erase-person', () => {
  test('says what it erased, and whose texts stay', async () => {
    const { code, stdout, stderr } = await run('erase-person', 'bob')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Erased the texts of bob: .*3 comments.*raw records\n$/)
    expect(stderr).toBe('Texts in which other people name this person stay.\n')
    const { rows } = await laid.use(({ pool }) =>
      pool.query(
        `select from comment where body <> '' union all select from passage where text ~ 'Hush'`,
      ),
    )
    expect(rows).toEqual([])
  })

  test('fails for a login that nobody has', async () => {
    expect(await run('erase-person', 'bob')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Nobody with the login bob is in the copy\n/),
    })
  })
})

describe('whence purge', () => {
  test('needs to be told what', async () => {
    expect(await run('purge')).toMatchObject({ code: 1, stdout: '' })
    expect(await run('purge', '--repo', 'acme/*')).toMatchObject({ code: 2, stdout: '' })
    expect(await run('purge', '--repo', 'acme/nowhere')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no copy of acme\/nowhere\n/),
    })
  })

  test('of repositories counts what would go, and then erases that', async () => {
    const names = ['--repo', 'acme/anvil', 'https://github.com/acme/Brick']
    const planned = (await prints('purge', ...names, '--dry-run')).trim().split('\n')
    expect(planned).toHaveLength(2)
    for (const line of planned) expect(`${line}\n`).toMatch(COUNTS)
    const purged = (await prints('purge', ...names)).trim().split('\n')
    expect(purged.map((line) => line.split('.')[0])).toEqual(
      planned.map((line) => line.replace('Would erase', 'Erased').replace(/\.$/, '')),
    )
    expect(purged[0]).toContain('acme/anvil is excluded by repository_filter now')
    expect(await prints('settings')).toContain('acme/brick')
  })

  test('of an installation erases the rest, and says so as JSON', async () => {
    const of = ['--installation', laid.filled.installation, '--json']
    const planned = JSON.parse(await prints('purge', ...of, '--dry-run')).purged
    expect(planned).toEqual([
      expect.objectContaining({
        ...{ subject: 'rehearsal', complete: false },
        rows: expect.objectContaining({ repositories: 1, pullRequests: 1, comments: 1 }),
      }),
    ])
    const { purged } = JSON.parse(await prints('purge', ...of))
    expect(purged).toEqual([expect.objectContaining({ complete: true, rows: planned[0].rows })])
    const again = JSON.parse(await prints('purge', ...of, '--dry-run')).purged
    expect(again).toEqual([
      expect.objectContaining({ rows: NO_ROWS, message: 'Would erase nothing.' }),
    ])
    expect(await prints('settings')).toContain('schedules.full: off')
  })
})
