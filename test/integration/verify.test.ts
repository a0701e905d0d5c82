import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { RetryableError } from '#app/config/errors.server.ts'
import type { Pool } from '#app/database/pool.server.ts'
import { openGithub } from '#app/github/client.ts'
import type { CountedKind, RepositoryReport, Verification } from '#app/verify/report.ts'
import { verify } from '#app/verify/verify.ts'
import type { Services } from '#server/services/services.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import type { Content } from '../github/rows.ts'
import { type StandIn, startStandIn } from '../github/stand-in.ts'
import { openTestServices, type TestServices } from '../services/setup.ts'
import { callWhence, type Ended } from '../services/whence.ts'
import { checksIn, storeChecks } from '../support/content/store-checks.ts'
import { storeContent } from '../support/content/store-content.ts'

let standIn: StandIn
let test_: TestServices
let services: Services
let pool: Pool
let content: Content

beforeAll(async () => {
  standIn = await startStandIn({
    sources: [{ kind: 'generated', pulls: 130, repositories: 2, seed: 4 }],
  })
  test_ = await openTestServices()
  const github = { kind: 'token' as const, token: standIn.personalToken }
  const config = { ...test_.services.config, GITHUB_API_URL: standIn.url, github }
  services = { ...test_.services, config }
  pool = services.database.pool
})
afterAll(async () => {
  await test_.close()
  await standIn.stop()
})

/** Stores everything exactly as it is on GitHub. */
beforeEach(async () => {
  standIn.faults.clear()
  await pool.query('delete from installation')
  const { rows } = await pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account) values ('token', 'token:1', 'reader')
     returning id`,
  )
  content = standIn.content()
  const second = Math.floor(standIn.clock.now().getTime() / 1000) * 1000
  await storeContent(pool, content, {
    installationId: rows[0]?.id as string,
    until: new Date(second),
  })
  await storeChecks(pool, checksIn(standIn.world))
})

const call = (...argv: string[]) => callWhence(['verify', ...argv], {}, services)

async function callForJson(...argv: string[]): Promise<Verification & Pick<Ended, 'code'>> {
  const { code, stdout, stderr } = await call('--json', ...argv)
  expect(stdout, stderr).not.toBe('')
  return { code, ...JSON.parse(stdout) }
}

function everyDifference({ repositories }: Verification) {
  return repositories.flatMap((one) => one.differences)
}

function sum(reports: RepositoryReport[], kind: CountedKind) {
  return {
    github: reports.reduce((total, one) => total + one[kind].github, 0),
    stored: reports.reduce((total, one) => total + one[kind].stored, 0),
  }
}

function pullIn(name: string, number: number) {
  const repository = content.repositories.find((one) => one.fullName === `generated/${name}`)
  const found = content.pullRequests.find(
    (one) => one.repositoryId === repository?.id && one.number === number,
  )
  if (!found) throw new Error(`There is no ${name}#${number}`)
  return found
}

async function noteGap(id: string, name: string): Promise<void> {
  await pool.query(
    `insert into gap (repository_id, kind, node_id, name, reason, next_try_at)
     select repository_id, 'pull_request', node_id, $2, 'GitHub gave up', now()
     from pull_request where node_id = $1`,
    [id, name],
  )
}

describe('a complete copy', () => {
  test('is proved by equal counts on both sides, at the estimated number of points', async () => {
    const { code, stdout, stderr } = await call('--json')
    const verification: Verification = JSON.parse(stdout)
    expect(everyDifference(verification)).toEqual([])
    expect(verification.complete).toBe(true)
    expect(code).toBe(0)
    const { repositories, points } = verification
    expect(repositories.map((one) => one.repository)).toEqual(
      content.repositories.map((one) => one.fullName).sort(),
    )
    const commits = content.pullRequests.reduce((total, one) => total + one.commits.length, 0)
    const both = (count: number) => ({ github: count, stored: count })
    expect(sum(repositories, 'pullRequests')).toEqual(both(content.pullRequests.length))
    expect(sum(repositories, 'commits')).toEqual(both(commits))
    expect(sum(repositories, 'reviewComments')).toEqual(both(content.reviewComments.length))
    expect(sum(repositories, 'checks').stored).toBeGreaterThan(repositories.length)
    expect(stderr.split('\n')[0]).toContain(`: ${points} points`)
  })

  test('is shown as a table', async () => {
    const { stdout, code } = await call('--repo', 'generated/engine', 'generated/secret')
    expect(stdout).toMatch(/^repository +pull requests +commits .* changed since\n/)
    expect(stdout).toMatch(/\ngenerated\/secret +3 /)
    expect(stdout).toMatch(/\nall +\d+ .*\nComplete\. Cost: \d+ points\.\n$/)
    expect(code).toBe(0)
  })

  test('is compared within its synced window only', async () => {
    const pulls = content.pullRequests.filter(
      (one) => one.repositoryId === pullIn('engine', 1).repositoryId,
    )
    const times = pulls.map((one) => new Date(one.updatedAt)).sort((a, b) => Number(b) - Number(a))
    await pool.query(
      `update repository set synced_from = $1 where full_name = 'generated/engine'`,
      [times[39]],
    )
    await pool.query(
      `delete from pull_request p using repository r where r.id = p.repository_id
         and full_name = 'generated/engine' and p.updated_at < r.synced_from`,
    )
    await pool.query(
      `update repository set pull_requests = $1 where full_name = 'generated/engine'`,
      [pulls.length],
    )
    const { complete, repositories } = await callForJson('--repo', 'generated/engine')
    expect(complete).toBe(true)
    expect(repositories[0]?.pullRequests).toEqual({ github: 40, stored: 40 })
    expect(repositories[0]?.newest).toEqual({ stored: 40, of: pulls.length })
    const { stdout } = await call('--repo', 'generated/engine')
    expect(stdout).toContain(`generated/engine: the newest 40 of ${pulls.length}`)
  })
})

describe('a copy that differs', () => {
  test('fails, and each missing row is named', async () => {
    const crowded = pullIn('engine', 1)
    const thread = content.reviewThreads.find((one) => one.pullRequestId === crowded.id)
    const missing = pullIn('console', 5)
    await pool.query(
      `delete from review_comment where node_id = (
         select min(node_id) from review_comment where thread_id = $1)`,
      [thread?.id],
    )
    await pool.query(
      `delete from pull_request_commit c using pull_request p
       where p.id = c.pull_request_id and p.node_id = $1 and position = 0`,
      [crowded.id],
    )
    await pool.query('delete from pull_request where node_id = $1', [missing.id])
    const { code, complete, ...verification } = await callForJson()
    const held = content.reviewComments.filter((one) => one.threadId === thread?.id).length
    const commits = crowded.commits.length
    expect({ code, complete }).toEqual({ code: 1, complete: false })
    expect(everyDifference({ complete, ...verification })).toEqual([
      {
        kind: 'pullRequests',
        name: 'generated/console#5',
        github: 1,
        stored: 0,
        reason: 'it is not stored',
      },
      expect.objectContaining({
        kind: 'commits',
        name: 'generated/engine#1',
        github: commits,
        stored: commits - 1,
      }),
      expect.objectContaining({
        kind: 'reviewComments',
        name: `generated/engine#1 thread ${thread?.id}`,
        github: held,
        stored: held - 1,
      }),
    ])
  })

  test('fails if a check is missing that GitHub has, with the same head and roll-up', async () => {
    const contexts = [{}]
    await storeChecks(pool, [{ ...pullIn('engine', 3), rollupState: 'SUCCESS', contexts }])
    standIn.changes.setCheck({ pull: 'generated/engine#3', name: 'build' })
    standIn.changes.finishChecks({ pull: 'generated/engine#3', state: 'SUCCESS' })
    standIn.changes.setCheck({ pull: 'generated/engine#3', name: 'late' })
    const { code, ...verification } = await callForJson('--repo', 'generated/engine')
    expect(everyDifference(verification)).toMatchObject([
      { kind: 'checks', name: 'generated/engine#3', stored: 1, reason: 'the counts differ' },
    ])
    expect(code).toBe(1)
  })

  test('fails if a pull request or a whole repository was deleted on GitHub', async () => {
    standIn.changes.deletePull({ pull: 'generated/console#7' })
    standIn.changes.deleteRepository({ repository: 'generated/first' })
    const { code, ...verification } = await callForJson()
    expect(everyDifference(verification)).toEqual([
      {
        kind: 'pullRequests',
        name: 'generated/console#7',
        github: 0,
        stored: 1,
        reason: 'it was deleted on GitHub',
      },
      expect.objectContaining({ kind: 'repository', name: 'generated/first', stored: 2 }),
    ])
    expect(code).toBe(1)
  })

  test('fails for a repository that was never synced', async () => {
    await pool.query(
      `update repository set synced_until = null, synced_from = null where name = 'shelved'`,
    )
    const { code, ...verification } = await callForJson()
    expect(everyDifference(verification)).toMatchObject([
      { kind: 'repository', name: 'generated/shelved', github: 3, stored: 3 },
    ])
    expect(code).toBe(1)
    const { stdout } = await call()
    expect(stdout).toContain('differs: generated/shelved: pull requests 3 on GitHub, 3 stored: it')
    expect(stdout).toContain('Not complete: 1 difference.')
  })
})

describe('not a difference:', () => {
  test('changes on GitHub since the last sync, which are counted separately', async () => {
    const thread = content.reviewThreads.find(
      (one) => one.pullRequestId === pullIn('engine', 1).id,
    ) as Content['reviewThreads'][number]
    standIn.changes.comment({ pull: 'generated/console#9', body: 'Later.' })
    standIn.changes.reply({ thread: thread.id, body: 'Later.' })
    standIn.changes.openPull({ repository: 'generated/secret', title: 'Later' })
    const { code, repositories, complete } = await callForJson()
    const changed = repositories.filter((one) => one.changedSince > 0)
    expect(changed.map(({ repository, changedSince }) => [repository, changedSince])).toEqual([
      ['generated/console', 1],
      ['generated/engine', 1],
      ['generated/secret', 1],
    ])
    expect(changed[2]?.pullRequests).toEqual({ github: 3, stored: 3 })
    expect({ code, complete }).toEqual({ code: 0, complete: true })
  })

  test('pull requests that a run is reading, which are counted as changed', async () => {
    const pull = pullIn('engine', 3)
    await pool.query(
      `with begun as (
         insert into run (installation_id, mode, trigger, state)
         select id, 'full', 'manual', 'running' from installation returning id)
       insert into snapshot (run_id, repository_id, node_id, started_at, open_parts)
       select begun.id, repository_id, node_id, now(), 1 from begun, pull_request where node_id = $1`,
      [pull.id],
    )
    await pool.query(
      'delete from review where pull_request_id = (select id from pull_request where node_id = $1)',
      [pull.id],
    )
    const { code, repositories } = await callForJson('--repo', 'generated/engine')
    expect(repositories).toMatchObject([{ changedSince: 1, differences: [] }])
    expect(code).toBe(0)
  })

  test('checks of another head, of another roll-up, due, or not read yet', async () => {
    const rollupState = 'FAILURE'
    const pulls = [1, 2, 3, 4].map((number) => pullIn('engine', number))
    const lists = pulls.map((pull) => ({ ...pull, rollupState, contexts: [] }))
    for (const { id } of pulls) standIn.changes.finishChecks({ pull: id, state: rollupState })
    await storeChecks(pool, lists)
    const changes = [
      `head_oid = 'before'`,
      `rollup_state = 'PENDING'`,
      'due_at = now()',
      'head_oid = null, due_at = now(), read_at = null',
    ]
    for (const [index, set] of changes.entries())
      await pool.query(`update check_list set ${set} where node_id = $1`, [lists[index]?.id])
    const { code, repositories } = await callForJson('--repo', 'generated/engine')
    const reason = 'the checks of some pull requests are not read yet'
    expect([code, repositories[0]?.differences]).toEqual([0, []])
    expect(repositories[0]?.gaps).toEqual([{ name: 'generated/engine: checks', reason }])
  })

  test('a gap, which is named with its reason', async () => {
    const { id } = pullIn('console', 5)
    await noteGap(id, 'generated/console#5')
    await pool.query('delete from pull_request where node_id = $1', [id])
    const { code, complete, repositories } = await callForJson('--repo', 'generated/console')
    expect({ code, complete }).toEqual({ code: 0, complete: true })
    expect(repositories[0]?.gaps).toEqual([
      { name: 'generated/console#5', reason: 'GitHub gave up' },
    ])
    const { stdout } = await call('--repo', 'https://github.com/generated/console')
    expect(stdout).toContain(
      'gap: generated/console#5: GitHub gave up\nComplete, except for the gaps',
    )
  })

  test('commits without permission, which are a gap of each repository', async () => {
    await pool.query(`update installation set settings = '{"missing_permissions": ["contents"]}'`)
    await pool.query('delete from pull_request_commit')
    const { code, repositories } = await callForJson('--repo', 'generated/secret')
    expect(repositories).toMatchObject([
      {
        commits: { github: 0, stored: 0 },
        gaps: [{ name: 'generated/secret: commits', reason: expect.stringContaining('contents') }],
      },
    ])
    expect(code).toBe(0)
  })
})

describe('while GitHub has problems', () => {
  /** Verifies like the command, but with shorter pauses before retries. */
  function verifyAtOnce(names: string[] = []): Promise<Verification> {
    const github = openGithub({ pool, config: services.config, logger: services.logger })
    const print = async () => {}
    return verify({ pool, github, scope: operatorScope(), names, print, pauseMs: 1 })
  }

  test.each<GivenFault>([
    { kind: 'bad-gateway', times: 2 },
    { kind: 'truncated-json', rate: 0.1 },
    { kind: 'null-nodes', times: 2 },
    { kind: 'partial-errors', times: 2, share: 0.3 },
    { kind: 'resource-limits', nodeBudget: 12, matching: 'pullRequests' },
    { kind: 'wrongly-empty', list: 'commits', times: 1 },
    { kind: 'wrongly-empty', list: 'threadComments', times: 1 },
  ])('retries, and reaches the same conclusion: %j', async (fault) => {
    standIn.faults.use(fault)
    const verification = await verifyAtOnce()
    expect(everyDifference(verification)).toEqual([])
    expect(sum(verification.repositories, 'commits').github).toBe(
      content.pullRequests.reduce((total, one) => total + one.commits.length, 0),
    )
  })

  test.each<GivenFault>([
    { kind: 'bad-gateway' },
    { kind: 'truncated-json' },
    { kind: 'empty-200' },
    { kind: 'null-nodes', share: 1 },
    { kind: 'partial-errors', share: 1 },
    { kind: 'wrongly-empty', list: 'pullRequests' },
  ])('ends with an error instead of a conclusion: %j', async (fault) => {
    standIn.faults.use(fault)
    await expect(verifyAtOnce(['generated/engine'])).rejects.toThrow(RetryableError)
  })

  test('fails for a pull request that GitHub cannot count, unless it is a known gap', async () => {
    const { id } = pullIn('engine', 3)
    standIn.faults.use({ kind: 'failing-pull', pull: id })
    await expect(verifyAtOnce(['generated/engine'])).rejects.toThrow(RetryableError)
    await noteGap(id, 'generated/engine#3')
    const { complete, repositories } = await verifyAtOnce(['generated/engine'])
    const listed = content.pullRequests.filter(
      (one) => one.repositoryId === pullIn('engine', 1).repositoryId,
    )
    expect(complete).toBe(true)
    expect(repositories[0]?.pullRequests.github).toBe(listed.length - 1)
  })

  test('prints an error with its reason and nothing else', async () => {
    standIn.faults.use({ kind: 'truncated-json' })
    const { code, stdout, stderr } = await call('--json', '--repo', 'generated/secret')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /\nThe comparison stopped because GitHub did not answer: .*incomplete.*\nRun the command again/,
    )
  })

  test('waits for a short rate limit, and reports the end of a long one', async () => {
    const secondary = { kind: 'secondary-limit', times: 1 } as const
    standIn.faults.use({ ...secondary, seconds: 1 })
    expect(await call('--repo', 'generated/secret')).toMatchObject({ code: 0 })
    standIn.faults.use({ ...secondary, seconds: 600 })
    const { code, stdout, stderr } = await call('--repo', 'generated/secret')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /The rate limit of GitHub is reached: .*\nRun the command again after \d{4}-\d\d-\d\dT/,
    )
    standIn.clock.advance(601)
  })
})

test('refuses unknown repositories by name before calling GitHub', async () => {
  const { code, stderr } = await call('--repo', 'generated/engine', 'generated/none')
  expect(stderr).toContain('Not stored, or not accessible: generated/none\nRun `whence sync` first')
  expect(code).toBe(1)
  await pool.query('update repository set hidden_at = now()')
  expect((await call()).stderr).toContain('No repository is stored')
})
