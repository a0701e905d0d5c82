import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { operatorScope } from '#app/auth/scope.ts'
import { FULL_PULL_REQUEST, PULL_REQUESTS_BY_ID } from '#app/github/queries/pull-requests.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { askForPullRequests } from '#workers/extraction/ask-for-pull-requests.ts'
import { startSmall } from '../../github/ask.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import type { Sync } from '../../support/compare-synced.ts'
import { openClient } from '../../support/open-client.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

describe('a call under way while another one learns what GitHub refuses', () => {
  let services: TestServices
  beforeAll(async () => {
    services = await openTestServices()
  })
  afterAll(() => services.close())
  beforeEach(async () => {
    await services.services.database.pool.query('delete from installation')
  })

  /** Holds the answer of the first of two calls until the other one has settled, which takes two answers. */
  async function askAtOnce(query: typeof FULL_PULL_REQUEST, fault: GivenFault) {
    await using standIn = await startSmall({ clock: makeClock() }, fault)
    const { pool } = services.services.database
    const { github, caller } = await openClient(services, standIn, 'token')
    await pool.query(`update installation set settings = settings || '{"extraction_slots": 2}'`)
    const { pullRequests } = standIn.content({ account: 'acme' })
    const ids = pullRequests.slice(0, 1).map((one) => one.id)
    standIn.faults.use({ kind: 'held-answer', answers: 2, times: 1, resource: 'graphql' })
    const ask = () => askForPullRequests({ pool, github, caller }, query, { ids })
    const first = ask()
    await vi.waitFor(() => expect(standIn.faults.struck()['held-answer']).toBe(1))
    return await Promise.all([ask(), first])
  }

  const QUERIES = [FULL_PULL_REQUEST, PULL_REQUESTS_BY_ID].map(
    (query) => [query.name, query] as const,
  )

  describe.each(QUERIES)('%s', (_, query) => {
    test.each(['comments', 'reviewThreads', 'commits'] as const)(
      'asks again without the list: %s',
      async (list) => {
        const field = `PullRequest.${list}`
        const answers = await askAtOnce(query, { kind: 'field-error', field, type: 'FORBIDDEN' })
        for (const { data, errors } of answers) {
          expect(errors).toEqual([])
          expect(data.nodes).toEqual([expect.objectContaining({ number: expect.any(Number) })])
          expect(data.nodes[0]).not.toHaveProperty(list)
        }
      },
    )

    test.each(['PullRequest.statusCheckRollup', 'PullRequest.comments'])(
      'asks again without the field that the server does not know: %s',
      async (field) => {
        const answers = await askAtOnce(query, { kind: 'unknown-field', field })
        for (const { data } of answers)
          expect(data.nodes[0]).not.toHaveProperty(field.split('.')[1] ?? '')
      },
    )
  })

  test('gives up where nothing is left to ask for', async () => {
    const fault = { kind: 'unknown-field', field: 'Query.nodes' } as const
    await expect(askAtOnce(FULL_PULL_REQUEST, fault)).rejects.toThrow(/^GitHub refuses the query/)
  })
})

describe('a list that GitHub refuses after its first page', () => {
  let standIn: StandIn
  let sync: Sync

  async function open(fault: GivenFault) {
    const until = new Date('2026-01-01')
    const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 33, until } as const
    standIn = await startStandIn({ sources: [source], faults: [fault] })
    sync = await openSync(standIn, { repositories: ['acme/engine'] })
  }
  afterEach(async () => {
    await sync.close()
    await standIn.stop()
  })

  async function outcome(list: string) {
    await sync.sync({ mode: 'full' })
    // GitHub counts more closing issues of #10 than it lists.
    const { rows: gaps } = await sync.pool.query(
      `select name, reason from gap where name <> 'acme/engine#10'`,
    )
    const { rows } = await sync.pool.query<{ state: string | null }>(
      `select completeness #>> array[$1, 'state'] as state from pull_request where number = 1`,
      [list],
    )
    const [status] = await readSyncStatuses(sync.pool, operatorScope())
    return { gaps, state: rows[0]?.state, withheld: status?.withheldLists }
  }
  const refusal = (list: string) => [`${list} (Resource not accessible by integration)`]

  test.each(['commits', 'reviews', 'comments', 'reviewThreads'] as const)(
    'is left out of a new reading of the pull request: %s',
    async (list) => {
      const field = `PullRequest.${list}`
      await open({ kind: 'field-error', field, type: 'FORBIDDEN', matching: '$after: String!' })
      expect(await outcome(list)).toEqual({
        gaps: [],
        state: 'unknown',
        withheld: refusal(list),
      })
    },
  )

  test.each(['$more', '$after: String!'])(
    'is the list of review threads where GitHub refuses their comments: %s',
    async (matching) => {
      const field = 'PullRequestReviewThread.comments'
      await open({ kind: 'field-error', field, type: 'FORBIDDEN', matching })
      expect(await outcome('reviewThreads')).toEqual({
        gaps: [],
        state: 'unknown',
        withheld: refusal('reviewThreads'),
      })
    },
  )
})
