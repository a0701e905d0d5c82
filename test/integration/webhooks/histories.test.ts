import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { Changes } from '#test/github/changes/changes.ts'
import { makeClock } from '#test/github/world/clock.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'
import { deliver } from '../../support/webhooks/deliver.ts'
import { receiveWebhooks } from '../../support/webhooks/receive-webhooks.ts'

vi.setConfig({ testTimeout: 300_000 })

/** Each history takes about ten seconds. */
const RUNS = Number(process.env.HISTORIES ?? 1)

const KINDS = [
  ...['comment', 'comment', 'edit', 'deleteComment', 'review', 'push', 'editPull', 'merge'],
  ...['openPull', 'deleteLabel', 'rename', 'transfer', 'deleteRepository', 'editRepository'],
] as const

interface Step {
  kind: (typeof KINDS)[number]
  /** Chooses a pull request, a comment or a repository among those that there are. */
  which: number
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), which: fc.nat(99) }),
  { minLength: 4, maxLength: 14 },
)

/** How the events of the history arrive. */
const arrivals = fc.record({
  order: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  repeated: fc.array(fc.nat(59), { maxLength: 8 }),
  lost: fc.array(fc.nat(59), { maxLength: 8 }),
  /** Deliveries are handled after so many have arrived. */
  together: fc.integer({ min: 1, max: 20 }),
})
type Arrivals = typeof arrivals extends fc.Arbitrary<infer One> ? One : never

interface Opened {
  standIn: StandIn
  sync: Sync
  webhooks: Awaited<ReturnType<typeof receiveWebhooks>>
}

async function withCopy(work: (opened: Opened) => Promise<void>): Promise<void> {
  const until = new Date('2026-01-01')
  const source = { kind: 'generated', login: 'acme', repositories: 2, pulls: 10, until } as const
  const standIn = await startStandIn({ sources: [source], clock: makeClock() })
  for (const name of ['acme/spare', 'acme/other']) {
    standIn.changes.createRepository({ repository: name })
    standIn.changes.openPull({ repository: name, title: `One in ${name}` })
  }
  const sync = await openSync(standIn, 'app')
  try {
    await sync.sync({ mode: 'full' })
    const webhooks = await receiveWebhooks(standIn, sync.services)
    standIn.hook.isDown = true
    await work({ standIn, sync, webhooks }).finally(webhooks.close)
  } finally {
    await sync.close()
    await standIn.stop()
  }
}

/** Lets the history happen on GitHub. Steps for which there is nothing left are passed over. */
function live({ changes, content }: StandIn, history: Step[]): void {
  for (const [index, { kind, which }] of history.entries()) {
    const { repositories, pullRequests, comments } = content({ account: 'acme' })
    const names = new Map(repositories.map(({ id, name }) => [id, `acme/${name}`]))
    const repository = [...names.values()][which % names.size]
    const pull = pullRequests[which % pullRequests.length]
    const named = pull && `${names.get(pull.repositoryId)}#${pull.number}`
    const comment = comments[which % comments.length]?.id
    const text = `Words ${index}`
    const tell: Record<Step['kind'], () => unknown> = {
      comment: () => named && changes.comment({ pull: named, author: 'mira', body: text }),
      edit: () => comment && changes.edit({ id: comment, body: text }),
      deleteComment: () => comment && changes.deleteComment({ id: comment }),
      review: () => named && changes.review({ pull: named, state: 'COMMENTED', body: text }),
      push: () => named && pull.state === 'OPEN' && changes.push({ pull: named }),
      editPull: () => named && changes.editPull({ pull: named, title: text }),
      merge: () => named && pull.state === 'OPEN' && changes.merge({ pull: named }),
      openPull: () => repository && changes.openPull({ repository, title: text }),
      deleteLabel: () => deleteLabel(changes, pull?.labels[0], named),
      rename: () => repository && changes.rename({ repository, name: `renamed-${index}` }),
      transfer: () =>
        names.size > 2 && changes.transfer({ repository, owner: 'elsewhere' } as never),
      deleteRepository: () => names.size > 2 && changes.deleteRepository({ repository } as never),
      editRepository: () =>
        repository &&
        changes.editRepository({ repository, visibility: which % 2 ? 'PRIVATE' : 'PUBLIC' }),
    }
    tell[kind]()
  }
}

function deleteLabel(changes: Changes, label: string | undefined, pull: string | undefined): void {
  if (label && pull) changes.deleteLabel({ repository: pull.split('#')[0] as string, label })
}

/** Delivers what the hook could not, as it arrives. */
async function arrive({ standIn, webhooks }: Opened, how: Arrivals): Promise<void> {
  const sent = standIn.hook.deliveries.toReversed()
  const order = (index: number) => how.order[index % how.order.length] as number
  const left = sent.filter((_, index) => !how.lost.includes(index % 60))
  const repeated = how.repeated.flatMap((index) => left[index] ?? [])
  const arriving = [...left, ...repeated]
    .map((one, index) => ({ one, place: order(index) }))
    .sort((a, b) => a.place - b.place)
  for (const [index, { one }] of arriving.entries()) {
    expect(await deliver(webhooks.url, one)).toBe(202)
    if (index % how.together === 0) await webhooks.handle()
  }
  await webhooks.handle()
}

test('events in any order, some of them twice, end in the tables that GitHub has', async () => {
  const property = fc.asyncProperty(steps, arrivals, (history, how) =>
    withCopy(async (opened) => {
      live(opened.standIn, history)
      await arrive(opened, { ...how, lost: [] })
      await opened.webhooks.settled()
      // No event says that a repository was transferred to where the App is not installed.
      if (history.some(({ kind }) => kind === 'transfer')) await opened.sync.sync()
      expect(await differencesTo(opened.standIn, opened.sync, { account: 'acme' })).toBe('')
    }),
  )
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
})

test('lost events are made up for by the next full sync, whatever arrived of them', async () => {
  const property = fc.asyncProperty(steps, arrivals, (history, how) =>
    withCopy(async (opened) => {
      live(opened.standIn, history)
      await arrive(opened, how)
      await opened.sync.sync({ mode: 'full' })
      await opened.webhooks.settled()
      expect(await differencesTo(opened.standIn, opened.sync, { account: 'acme' })).toBe('')
    }),
  )
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
})
