import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { problem } from '#app/api/problems.ts'
import { readPull } from '#app/archive/pull-requests.ts'
import { readRepositories } from '#app/archive/repositories.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { startQueuedRuns } from '#app/ledger/runs.ts'
import { cancelJob } from '#app/ledger/views/decide.ts'
import { readAllJobs } from '#app/ledger/views/jobs.ts'
import { requestSyncFor } from '#app/sync/requests/request-sync-for.ts'
import { startWeb, type Web } from '#server/web.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { expectShape } from '../../support/api-shapes.ts'
import { addPull, addRepository, insert } from '../../support/laid-rows.ts'
import { requestEverything, runEnded, startRehearsal } from '../../support/ledger-checks.ts'
import { addInstallation, createEffects, seedOf } from '../../support/rehearsal.ts'
import { send } from '../../support/send.ts'
import { viewerOf } from '../../support/viewer-of.ts'

const SIZE = { repositories: 1, pages: 1, perPage: 3 }

let opened: TestServices
let db: TestServices['services']['database']['pool']
let web: Web
let installation: string

beforeAll(async () => {
  opened = await openTestServices()
  db = opened.services.database.pool
  await createEffects(db)
  web = await startWeb({ ...opened.services, config: { ...opened.services.config, PORT: 0 } })
})
beforeEach(async () => {
  await db.query('truncate installation, github_user cascade')
  await db.query('truncate work_item, batch, worker')
  installation = await addInstallation(opened.services.database)
})
afterAll(async () => {
  await web.close()
  await opened.close()
})

async function call(method: string, path: string, sent?: unknown) {
  const headers = { origin: new URL(web.url).origin, 'content-type': 'application/json' }
  const text = typeof sent === 'string' ? sent : sent === undefined ? '' : JSON.stringify(sent)
  const answer = await send(`${web.url}/api/v1/${path}`, headers, method, text)
  const { status } = answer
  const body = JSON.parse(answer.body)
  expect(answer.headers['content-type']).toContain(
    status < 400 ? 'application/json' : 'application/problem+json',
  )
  if (status >= 400) expect(problem.parse(body)).toEqual({ ...body, status })
  else expectShape(method, path, body)
  return { status, headers: answer.headers, body }
}

/** Starts queued runs without a worker that would process them. */
async function start(): Promise<void> {
  await startQueuedRuns(db, seedOf(SIZE), opened.services.logger)
}

async function deactivate(): Promise<void> {
  await db.query(`update installation set active = false, inactive_reason = 'it was suspended'`)
}

describe('POST jobs', () => {
  test('requests a sync of the only installation, and joins an open one', async () => {
    const first = await call('POST', 'jobs')
    expect(first).toMatchObject({
      status: 202,
      body: { status: 'queued', message: 'Starts now' },
    })
    expect(first.headers.location).toBe(`/api/v1/jobs/${first.body.jobId}`)
    const second = await call('POST', 'jobs', { mode: 'incremental' })
    expect(second).toMatchObject({
      status: 202,
      body: { jobId: first.body.jobId, status: 'joined', message: expect.any(String) },
    })
    const { body } = await call('GET', `jobs/${first.body.jobId}`)
    expect(body).toMatchObject({ overall: 'queued', mode: 'incremental', trigger: 'manual' })
  })

  test('accepts repositories, a date and a number', async () => {
    await db.query(`update installation set account = 'o'`)
    const wish = { mode: 'full', repositories: ['o/b', 'o/a'], since: '2026-01-31', maxPrs: 5 }
    const { body } = await call('POST', 'jobs', { installation, ...wish })
    const { rows } = await db.query<{ request: object }>('select request from run where id = $1', [
      body.jobId,
    ])
    expect(rows[0]?.request).toEqual({
      mode: 'full',
      repositories: ['o/a', 'o/b'],
      since: '2026-01-31T00:00:00.000Z',
      maxPrs: 5,
    })
  })

  test.each([
    ['mode', { mode: 'partial' }],
    ['repositories.0', { repositories: ['nonsense'] }],
    ['since', { since: 'yesterday' }],
    ['maxPrs', { maxPrs: 0 }],
    ['installation', { installation: 'mine' }],
    ['body', { depth: 1 }],
    ['body', []],
    ['body', '{'],
  ])('reports %s if it is invalid', async (field, wish) => {
    const { status, body } = await call('POST', 'jobs', wish)
    expect(status).toBe(422)
    expect(body.detail).toMatch(new RegExp(`^${field}: `))
    expect(body.hint).toEqual(expect.any(String))
  })

  test('reports a missing, unknown or inactive installation', async () => {
    expect((await call('POST', 'jobs', { installation: 999_999 })).status).toBe(404)
    expect((await call('POST', 'jobs', { repositories: ['another/x'] })).status).toBe(404)
    await addInstallation(opened.services.database)
    const unclear = await call('POST', 'jobs', {})
    expect(unclear.status).toBe(422)
    expect(unclear.body.detail).toMatch(/^installation: /)
    await deactivate()
    const refused = await call('POST', 'jobs', { installation })
    expect(refused.status).toBe(409)
    expect(refused.body.detail).toContain('it was suspended')
  })

  test('rejects other sites with problem details', async () => {
    const { status, body } = await send(
      `${web.url}/api/v1/jobs`,
      { origin: 'http://evil.example', accept: 'text/html' },
      'POST',
    )
    expect([status, JSON.parse(body).detail]).toEqual([403, 'The request came from another site'])
  })

  test('adds the requested repositories to a personal token, also concurrently', async () => {
    const settings = { history: 'all', repositories: ['o/a'] }
    await db.query(`update installation set kind = 'token', settings = $1`, [settings])
    await call('POST', 'jobs', { repositories: ['o/b', 'o/a'] })
    await Promise.all(['o/c', 'o/d'].map((one) => call('POST', 'jobs', { repositories: [one] })))
    const { rows } = await db.query('select settings from installation')
    const repositories = ['o/a', 'o/b', 'o/c', 'o/d']
    expect(rows).toEqual([{ settings: { ...settings, repositories } }])
  })
})

describe('GET jobs', () => {
  test('returns current jobs, optionally of one installation', async () => {
    const other = await addInstallation(opened.services.database)
    const { body } = await call('GET', 'jobs')
    expect(body.jobs).toMatchObject([{ overall: 'ready' }, { overall: 'ready' }])
    const one = await call('GET', `jobs?installation=${other}`)
    expect(one.body.jobs).toMatchObject([{ installation: { id: other } }])
    expect((await call('GET', 'jobs?installation=x')).status).toBe(422)
    expect((await call('GET', 'jobs?al=1')).status).toBe(422)
  })

  test('returns past runs too, newest first, in pages', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n++) {
      const { body } = await call('POST', 'jobs')
      await call('POST', `jobs/${body.jobId}/cancel`)
      ids.unshift(body.jobId)
    }
    const first = await call('GET', 'jobs?all=&limit=3')
    expect(first.body.jobs.map((job: { id: string }) => job.id)).toEqual(ids.slice(0, 3))
    const second = await call('GET', `jobs?all=&limit=3&before=${first.body.next}`)
    expect(second.body.jobs.map((job: { id: string }) => job.id)).toEqual(ids.slice(3))
    expect(second.body.next).toBeNull()
    const refresh = { installation_id: installation, mode: 'targeted', trigger: 'webhook' }
    await insert(db, 'run', { ...refresh, state: 'finished' })
    const modesOf = async (kind: string) =>
      (await call('GET', `jobs?all=&kind=${kind}`)).body.jobs.map(
        (job: { mode: string }) => job.mode,
      )
    expect(await modesOf('refreshes')).toEqual(['targeted'])
    expect(new Set(await modesOf('syncs'))).toEqual(new Set(['incremental']))
    expect((await call('GET', 'jobs?all=&kind=other')).status).toBe(422)
    const { body: page } = await send(`${web.url}/jobs`)
    expect(page).not.toContain('Targeted refresh, job')
  })

  test('returns each stage of each step, and the next run', async () => {
    await insert(db, 'schedule', {
      installation_id: installation,
      mode: 'full',
      rule: '{"every": 60}',
      next_at: '2030-01-01T00:00:00Z',
    })
    const { body } = await call('POST', 'jobs')
    await start()
    const begun = (await call('GET', `jobs/${body.jobId}`)).body
    expect(begun).toMatchObject({
      name: 'GitHub',
      nextRunAt: '2030-01-01T00:00:00.000Z',
      phase: 'stalled',
      step: 'github_repositories',
      stage: 'extraction',
      times: { stages: [], repositories: [] },
      steps: {
        github_repositories: {
          order: 1,
          display_name: 'GitHub Repositories',
          extraction: 'running',
          details: { extraction: { total: 1, pending: 1, ratePerMinute: null, etaAt: null } },
        },
      },
    })
  })
})

describe('GET status', () => {
  test('returns the services, and the jobs with what they have read', async () => {
    await call('POST', 'jobs')
    await start()
    const { body } = await call('GET', 'status')
    expect(body.services).toMatchObject({
      profile: opened.services.config.profile.kind,
      database: expect.stringMatching(/^PostgreSQL \d/),
      workers: [],
    })
    const nothingYet = { read: 0, expected: 0, atMost: false, isListed: false, endsAt: null }
    expect(body.jobs).toMatchObject([
      { overall: 'running', pullRequests: nothingYet, newest: [], points: null },
    ])
    expect(body.withheld).toEqual([])
  })
})

describe('a job', () => {
  test('is cancelled once; a second request gets the reason', async () => {
    const { body } = await call('POST', 'jobs')
    const cancelled = await call('POST', `jobs/${body.jobId}/cancel`)
    expect(cancelled).toMatchObject({ status: 200, body: { overall: 'cancelled' } })
    const again = await call('POST', `jobs/${body.jobId}/cancel`)
    expect(again.status).toBe(409)
    expect(again.body.detail).toContain('is cancelled')
  })

  test('is retried if it failed, and refused otherwise', async () => {
    const { runId } = await requestEverything(opened.services.database, installation)
    const unfit = await call('POST', `jobs/${runId}/retry`)
    expect(unfit).toMatchObject({ status: 409, body: { hint: expect.any(String) } })
    const trouble = { 'pull-request:0:0:1': 'gap' } as const
    const worker = await startRehearsal(opened.services, { size: SIZE, trouble })
    expect(await runEnded(db, runId)).toBe('finished_with_gaps')
    await worker.close()
    const retried = await call('POST', `jobs/${runId}/retry`)
    expect(retried).toMatchObject({ status: 200, body: { overall: 'running', unfinished: [] } })
  })

  test('returns 404 if it does not exist', async () => {
    for (const path of ['jobs/9', 'jobs/nine', 'jobs/99999999999999999999999'])
      expect((await call('GET', path)).status).toBe(404)
    expect((await call('POST', 'jobs/9/cancel')).status).toBe(404)
    expect((await call('POST', 'jobs/9/retry')).status).toBe(404)
    expect((await call('GET', 'nothing')).status).toBe(404)
    const wrong = await call('DELETE', 'jobs/9')
    expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET'])
    expect((await call('GET', 'jobs/9/cancel')).headers.allow).toBe('POST')
  })
})

describe('GET pulls', () => {
  async function addConversation(): Promise<string> {
    const repository = await addRepository(db, installation, 'Octo/Repo')
    const read_at = '2026-01-02T00:00:00Z'
    const at = { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', read_at }
    await insert(db, 'github_user', { node_id: 'U_1', login: 'ada', kind: 'User', read_at })
    const pullId = await addPull(db, repository, 7, {
      author_id: 'U_1',
      labels: ['bug'],
      assignee_ids: ['U_1', 'U_gone'],
      milestone: 'v1',
      closing_issues: '[{"number": 3, "title": "t", "repository": "o/r"}]',
      completeness: `{"commits": {"total": 1, "stored": 1, "state": "complete"},
        "closingIssues": {"total": 1, "stored": 1, "state": "complete"}}`,
    })
    const parent = {
      repository_id: repository,
      pull_request_id: pullId,
      author_association: 'NONE',
    }
    const said = { ...parent, body: 'text', url: 'https://u', author_id: 'U_1', ...at }
    await insert(db, 'commit', {
      repository_id: repository,
      oid: 'c1',
      message: 'Do it',
      url: 'https://u',
      author_name: 'Ada',
      author_id: 'U_1',
      authored_at: read_at,
      committed_at: read_at,
      additions: 1,
      deletions: 0,
      read_at,
    })
    await insert(db, 'pull_request_commit', {
      pull_request_id: pullId,
      oid: 'c1',
      position: 1,
      read_at,
    })
    await insert(db, 'review', { ...said, node_id: 'RV_1', state: 'APPROVED', commit_oid: 'c1' })
    await insert(db, 'comment', { ...said, node_id: 'C_1', author_id: null })
    await insert(db, 'review_thread', {
      node_id: 'T_1',
      repository_id: repository,
      pull_request_id: pullId,
      path: 'a.ts',
      line: 4,
      diff_side: 'RIGHT',
      is_resolved: true,
      resolved_by_id: 'U_1',
      is_outdated: false,
      read_at,
    })
    const comment = { ...said, thread_id: 'T_1', review_id: 'RV_1', diff_hunk: '@@', path: 'a.ts' }
    await insert(db, 'review_comment', { ...comment, node_id: 'RC_1' })
    await insert(db, 'review_comment', { ...comment, node_id: 'RC_2', reply_to_id: 'RC_1' })
    return repository
  }

  test('returns one with its whole conversation, in GitHub’s terms', async () => {
    await addConversation()
    const { status, body } = await call('GET', 'pulls/octo/repo/7')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      number: 7,
      repository: { nameWithOwner: 'Octo/Repo' },
      author: { login: 'ada', isBot: false },
      mergedBy: null,
      labels: [{ name: 'bug' }],
      assignees: [{ login: 'ada' }],
      milestone: { title: 'v1' },
      closingIssuesReferences: [{ number: 3, repository: { nameWithOwner: 'o/r' } }],
      headRefOid: 'h0',
      commits: [{ oid: 'c1', message: 'Do it', author: { name: 'Ada', user: { login: 'ada' } } }],
      reviews: [
        {
          id: 'RV_1',
          state: 'APPROVED',
          author: { login: 'ada', isBot: false },
          commit: { oid: 'c1' },
        },
      ],
      reviewThreads: [
        {
          id: 'T_1',
          path: 'a.ts',
          line: 4,
          isResolved: true,
          resolvedBy: { login: 'ada' },
          comments: [
            { id: 'RC_1', replyTo: null, pullRequestReview: { id: 'RV_1' } },
            { id: 'RC_2', replyTo: { id: 'RC_1' } },
          ],
        },
      ],
      comments: [{ id: 'C_1', author: null, body: 'text' }],
      completeness: {
        commits: { total: 1, stored: 1, state: 'complete' },
        reviews: { state: 'unknown' },
        closingIssuesReferences: { total: 1, stored: 1, state: 'complete' },
      },
    })
  })

  test('returns 404 if hidden, deleted or unknown', async () => {
    const repository = await addConversation()
    expect((await call('GET', 'pulls/octo/repo/8')).status).toBe(404)
    expect((await call('GET', 'pulls/octo/repo/x')).status).toBe(404)
    await addPull(db, repository, 9, { deleted_at: '2026-01-01T00:00:00Z' })
    expect((await call('GET', 'pulls/octo/repo/9')).status).toBe(404)
    await db.query('update repository set hidden_at = now()')
    expect((await call('GET', 'pulls/octo/repo/7')).status).toBe(404)
  })

  test('stays within the scope, like all other reads', async () => {
    await addConversation()
    const { runId } = await requestEverything(opened.services.database, installation)
    const other = await addInstallation(opened.services.database)
    const [mine, others] = await Promise.all([viewerOf(db, installation), viewerOf(db, other)])
    const named = { fullName: 'octo/repo', number: 7 }
    expect(await readPull(db, mine, named)).not.toBeNull()
    expect(await readPull(db, others, named)).toBeNull()
    const { repositories } = await readRepositories(db, others, { limit: 9 })
    expect(repositories).toEqual([])
    expect(await readAllJobs(db, others, { limit: 9 })).toEqual([])
    expect(await readAllJobs(db, operatorScope(), { limit: 9 })).toHaveLength(1)
    await expect(cancelJob(db, others, runId)).rejects.toThrow('There is no job')
    const wish = { installation, mode: 'full' } as const
    const { database, logger, config } = opened.services
    const services = { ...database, logger, config, github: null }
    const asked = requestSyncFor(services, others, 'manual', wish)
    await expect(asked).rejects.toThrow('no installation')
  })
})
