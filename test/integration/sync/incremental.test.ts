import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeClock } from '#test/github/world/clock.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { differencesTo, type Sync } from '../../support/compare-synced.ts'
import { openSync } from '../../support/sync.ts'

vi.setConfig({ testTimeout: 120_000 })

const ACME = {
  kind: 'generated',
  login: 'acme',
  repositories: 1,
  until: new Date('2026-01-01'),
} as const

let standIn: StandIn
let sync: Sync
const compare = () => differencesTo(standIn, sync, { account: 'acme' })

/** Returns the number of pull requests read since the given snapshot. */
async function readSince(snapshot: string): Promise<number> {
  const { rows } = await sync.pool.query<{ read: number }>(
    'select count(distinct node_id)::int as read from snapshot where id > $1',
    [snapshot],
  )
  return rows[0]?.read as number
}

async function lastSnapshot(): Promise<string> {
  const { rows } = await sync.pool.query<{ id: string }>(
    'select coalesce(max(id), 0) as id from snapshot',
  )
  return rows[0]?.id as string
}

function pointsSince(): number {
  const all = Object.entries(standIn.tally.all()).filter(([who]) => who.endsWith(' graphql'))
  return all.reduce((points, [, one]) => points + one.points, 0)
}

describe('changes between two runs', () => {
  beforeAll(async () => {
    standIn = await startStandIn({ sources: [{ ...ACME, pulls: 32 }] })
    sync = await openSync(standIn, 'app')
    await sync.sync({ mode: 'full' })
  }, 120_000)
  beforeEach(() => {
    standIn.clock.advance(3600)
    standIn.tally.reset()
  })
  afterAll(async () => {
    await sync.close()
    await standIn.stop()
  })

  test('comments, edits, deletions, pushes and merges are read by id, and nothing else is', async () => {
    const { changes } = standIn
    const before = await lastSnapshot()
    const said = changes.comment({ pull: 'acme/engine#1', author: 'mira', body: 'Why?' })
    changes.edit({ id: said.id, body: 'Why, really?' })
    const review = changes.review({
      pull: 'acme/engine#2',
      state: 'CHANGES_REQUESTED',
      body: 'Not yet',
      threads: [{ path: 'a.ts', line: 3, body: 'Is it so?' }],
    })
    const content = standIn.content({ account: 'acme' })
    const made = content.reviewComments.find((one) => one.reviewId === review.id)
    changes.reply({ thread: made?.threadId ?? '', body: 'It is.' })
    changes.push({ pull: 'acme/engine#3' })
    const pushed = oidsOf(4)
    changes.forcePush({ pull: 'acme/engine#4' })
    changes.merge({ pull: 'acme/engine#5' })
    changes.editPull({ pull: 'acme/engine#6', title: 'Another', body: 'Text', isDraft: true })
    const gone = content.comments[0]
    changes.deleteComment({ id: gone?.id ?? '' })
    changes.openPull({ repository: 'acme/secret', title: 'A first look', body: 'At last' })

    const job = await sync.sync()
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await compare()).toBe('')
    const pulls = new Set(content.pullRequests.filter((one) => one.id === gone?.pullRequestId))
    const others = [...pulls].filter((one) => !/engine\/pull\/[1-6]$/.test(one.url)).length
    expect(await readSince(before)).toBe(7 + others)
    // The probe, the pull requests, the comments of their threads, and the checks of their heads.
    expect(pointsSince()).toBe(4)
    const { rows } = await sync.pool.query(
      `select (select count(*)::int from commit where oid = any($1)) as commits,
         (select count(*)::int from passage where source_id = any($1) or source_id = $2) as passages,
         (select kind from tombstone where node_id = $2) as tombstone`,
      [pushed, gone?.id],
    )
    expect(rows[0]).toEqual({ commits: 0, passages: 0, tombstone: 'comment' })
  })

  test('a second change within the same second is detected, although no timestamp changed', async () => {
    // The clock stands still from here on, so all changes have the same timestamp.
    const now = standIn.clock.now()
    const spy = vi.spyOn(standIn.clock, 'now').mockReturnValue(now)
    standIn.changes.comment({ pull: 'acme/engine#7', body: 'First' })
    await sync.sync()
    standIn.changes.comment({ pull: 'acme/engine#7', body: 'Second' })
    await sync.sync()
    spy.mockRestore()
    expect(await compare()).toBe('')
  })

  test('a full run detects changes that do not update a pull request', async () => {
    const content = standIn.content({ account: 'acme' })
    const thread = content.reviewThreads.find((one) => !one.isResolved)
    standIn.changes.resolveThread({ thread: thread?.id ?? '', by: 'mira' })
    standIn.changes.finishChecks({ pull: 'acme/engine#8', state: 'FAILURE' })
    const minimized = [content.comments, content.reviews, content.reviewComments].map((said) =>
      standIn.changes.minimize({ id: said[0]?.id ?? '', reason: 'off-topic' }),
    )
    const before = await lastSnapshot()
    await sync.sync()
    expect(await readSince(before)).toBe(0)
    await sync.sync({ mode: 'full' })
    expect(await compare()).toBe('')
    const { rows } = await sync.pool.query(
      ['comment', 'review', 'review_comment']
        .map((table) => `select node_id, minimized_reason from ${table} where is_minimized`)
        .join(' union all '),
    )
    expect(rows).toEqual(minimized.map(({ id }) => ({ nodeId: id, minimizedReason: 'off-topic' })))
  })

  test('a full run removes a deleted pull request and leaves a tombstone', async () => {
    const { id } = standIn
      .content({ account: 'acme' })
      .pullRequests.find((one) => one.url.endsWith('engine/pull/9')) as { id: string }
    standIn.changes.deletePull({ pull: 'acme/engine#9' })
    const job = await sync.sync({ mode: 'full' })
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await compare()).toBe('')
    const { rows } = await sync.pool.query(
      `select title, body, deleted_at is not null as deleted, (select count(*)::int from passage
           where pull_request_id = p.id) as passages,
         (select count(*)::int from raw_record r join snapshot s on s.id = r.snapshot_id
           where s.node_id = p.node_id) as records,
         exists (select from tombstone t where t.node_id = p.node_id) as tombstone
       from pull_request p where node_id = $1`,
      [id],
    )
    expect(rows).toEqual([
      { title: '', body: '', deleted: true, passages: 0, records: 0, tombstone: true },
    ])
  })
})

function oidsOf(number: number): string[] {
  const { pullRequests } = standIn.content({ account: 'acme' })
  return pullRequests.find((one) => one.url.endsWith(`engine/pull/${number}`))?.commits ?? []
}

describe('many changes', () => {
  beforeAll(async () => {
    const clock = makeClock({ start: new Date('2026-02-01T12:00:00Z') })
    standIn = await startStandIn({ sources: [{ ...ACME, pulls: 13 }], clock })
    standIn.changes.createRepository({ repository: 'acme/busy' })
    for (let number = 1; number <= 45; number++) open(number)
    clock.advance(3600)
    sync = await openSync(standIn, 'app')
    await sync.sync({ mode: 'full' })
  }, 120_000)
  beforeEach(() => {
    standIn.clock.advance(3600)
    standIn.tally.reset()
  })
  afterAll(async () => {
    await sync.close()
    await standIn.stop()
  })

  function open(number: number): void {
    standIn.changes.openPull({ repository: 'acme/busy', title: `Change ${number}`, body: 'Text' })
  }

  function say(pulls: number[], body: string): void {
    for (const number of pulls) standIn.changes.comment({ pull: `acme/busy#${number}`, body })
  }

  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index)

  test('changes beyond the probe are read page by page, back to the previous run', async () => {
    say(numbers(1, 25), 'Once more')
    standIn.clock.advance(60)
    const before = await lastSnapshot()
    const job = await sync.sync()
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await compare()).toBe('')
    expect(await readSince(before)).toBe(25)
    // The probe, two pages, and the tail.
    expect(pointsSince()).toBe(4)
  })

  test('changes made while pages are read are included in the same run', async () => {
    const calls = vi.spyOn(standIn.tally.calls, 'push')
    let pages = 0
    calls.mockImplementation((...all) => {
      if (all.some((one) => one.nodes > 10_000) && ++pages === 1) {
        // 44, 45 and 1 move to the top, past the pages still to be read, and 20 is deleted from those.
        say([44, 45, 1], 'While you read')
        standIn.changes.deletePull({ pull: 'acme/busy#20' })
        open(46)
      }
      return Array.prototype.push.apply(standIn.tally.calls, all)
    })
    const job = await sync.sync({ mode: 'full' })
    calls.mockRestore()
    expect(pages).toBeGreaterThan(1)
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    // Only the probe at the start of a run reads the time of the last push.
    expect(await compare()).toMatch(/^repositories\.pushedAt of [^\n]+$/)
    await sync.sync()
    expect(await compare()).toBe('')
  })

  test('changes made during each call of a run are included after one more run', async () => {
    say(numbers(21, 43), 'Before')
    const push = Array.prototype.push
    let calls = 0
    const spy = vi.spyOn(standIn.tally.calls, 'push').mockImplementation((...all) => {
      calls++
      say(
        [((calls * 7) % 19) + 1, ((calls * 11) % 45) + 1].filter((number) => number !== 20),
        `At ${calls}`,
      )
      return push.apply(standIn.tally.calls, all)
    })
    await sync.sync({ mode: 'full' })
    spy.mockRestore()
    expect(calls).toBeGreaterThan(4)
    const job = await sync.sync()
    expect([job.overall, job.unfinished]).toEqual(['finished', []])
    expect(await compare()).toBe('')
  })
})
