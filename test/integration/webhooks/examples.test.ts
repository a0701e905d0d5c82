import definitions from '@octokit/webhooks-examples'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readEvent, SUBSCRIBED } from '#app/webhooks/read-event.ts'
import type { PullRequest } from '#test/github/world/model.ts'
import { pullsOf } from '#test/github/world/pulls.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'
import { deliver, signDelivery } from '../../support/webhooks/deliver.ts'
import { receiveWebhooks } from '../../support/webhooks/receive-webhooks.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const EXAMPLES = definitions.flatMap(({ name, examples }) =>
  examples.map((payload) => ({ event: name as string, payload: payload as object })),
)

let standIn: StandIn
let sync: Sync
let webhooks: Awaited<ReturnType<typeof receiveWebhooks>>

beforeAll(async () => {
  const until = new Date('2026-01-01')
  const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 6, until } as const
  standIn = await startStandIn({ sources: [source] })
  sync = await openSync(standIn, 'app')
  await sync.sync({ mode: 'full' })
  webhooks = await receiveWebhooks(standIn, sync.services)
})
afterAll(async () => {
  await webhooks.close()
  await sync.close()
  await standIn.stop()
})

test('every example payload is understood, or ignored with a reason', () => {
  expect(EXAMPLES.length).toBeGreaterThan(300)
  const vague = EXAMPLES.flatMap(({ event, payload }) => {
    const { facts } = readEvent(event, payload)
    const isVague = facts.kind === 'nothing' && /lacks|unknown event/.test(facts.reason)
    return isVague ? `${event}: ${facts.reason}` : []
  })
  expect(vague).toEqual([])
  const used = new Set(EXAMPLES.map(({ event }) => event))
  expect(SUBSCRIBED.filter((event) => !used.has(event))).toEqual([])
})

type Example = Partial<Record<'installation' | 'repository' | 'pull_request' | 'issue', object>>

/** The example, as an event of the installation, the repository and a pull request that the stand-in has. */
function ofStandIn(payload: Example): object {
  const [installation] = standIn.world.installations.values()
  const pulls = [...standIn.world.repositories.values()].flatMap(pullsOf)
  const [pull] = pulls as [PullRequest]
  const { repository } = pull
  const { number, headRefOid: sha } = pull
  return {
    ...payload,
    installation: { ...payload.installation, id: installation?.id },
    ...(payload.repository && {
      repository: { ...payload.repository, id: repository.databaseId },
    }),
    ...(payload.pull_request && {
      pull_request: { ...payload.pull_request, number, head: { sha } },
    }),
    ...(payload.issue && { issue: { ...payload.issue, number } }),
  }
}

test('the examples, in any order, leave the copy as GitHub is, for any installation and for the own one', async () => {
  const orders = fc.shuffledSubarray(EXAMPLES, {
    minLength: EXAMPLES.length,
    maxLength: EXAMPLES.length,
  })
  const property = fc.asyncProperty(orders, async (examples) => {
    await sync.pool.query('delete from delivery')
    for (const { event, payload } of examples) {
      expect(await deliver(webhooks.url, signDelivery(event, payload))).toBe(202)
      expect(await deliver(webhooks.url, signDelivery(event, ofStandIn(payload)))).toBe(202)
    }
    await webhooks.settled()
    const { rows } = await sync.pool.query<{ state: string; all: number }>(
      'select state, count(*)::int as all from delivery group by state order by state',
    )
    expect(rows.map(({ state }) => state)).toEqual(['handled', 'ignored'])
    expect(rows.reduce((sum, { all }) => sum + all, 0)).toBe(2 * EXAMPLES.length)
    await sync.sync({ mode: 'full' })
    expect(await differencesTo(standIn, sync, { account: 'acme' })).toBe('')
  })
  // One run: GitHub is asked for installations that it has not named at most once a minute.
  await fc.assert(property, { numRuns: 1, endOnFailure: true })
})
