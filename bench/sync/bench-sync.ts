import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hashEmail } from '#app/sync/tables/people.ts'
import { compareContent, type Difference } from '#test/github/compare.ts'
import type { GivenFault } from '#test/github/faults/fault-format.ts'
import type { Content } from '#test/github/rows.ts'
import type { Source } from '#test/github/sources/sources.ts'
import { type StandIn, startStandIn } from '#test/github/stand-in.ts'
import { fullName } from '#test/github/world/world.ts'
import { storedContent } from '#test/support/content/stored-content.ts'
import { type As, openSync } from '#test/support/sync.ts'

const LONGEST_MS = 30 * 60_000
const MAX_CLOSING = 100

const DATA = fileURLToPath(new URL('../../../shared/data/github', import.meta.url))

export function hasData(): boolean {
  return existsSync(DATA)
}

export const REAL: Source = { kind: 'archives', path: DATA }

export function generated(pulls: number, quietRepositories = 0): Source {
  return {
    kind: 'generated',
    login: 'acme',
    pulls,
    quietRepositories,
    until: new Date('2026-01-01T00:00:00Z'),
  }
}

export type Sync = Awaited<ReturnType<typeof openSync>>

interface Setting {
  source: Source
  as: 'app' | 'token'
  seed?: number
  faults?: GivenFault[]
  options?: Parameters<typeof openSync>[2]
}

export interface Bench {
  standIn: StandIn
  sync: Sync
  names: string[]
}

/** Runs `work` with its own Whence and its own GitHub, and removes both afterwards. */
export async function withBench<T>(
  setting: Setting,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { source, seed = 1, faults = [] } = setting
  const standIn = await startStandIn({ sources: [source], seed, faults })
  const names = [...standIn.world.repositories.values()].map(fullName)
  const as: As = setting.as === 'app' ? 'app' : { repositories: names }
  const sync = await openSync(standIn, as, { longestMs: LONGEST_MS, ...setting.options })
  try {
    return await work({ standIn, sync, names })
  } finally {
    await sync.close()
    await standIn.stop()
  }
}

/** Returns the cost of the calls to GitHub since the last reset. */
export function spentOn({ tally }: StandIn): { points: number; calls: number; rest: number } {
  const spent = { points: 0, calls: 0, rest: 0 }
  for (const [key, { points, requests }] of Object.entries(tally.all())) {
    if (key.endsWith(' core')) spent.rest += points
    else spent.points += points
    spent.calls += requests
  }
  return spent
}

/**
 * Returns the differences between the tables and GitHub's content, except for closing issues beyond 100,
 * which are recorded as a gap.
 */
export async function differencesOf({ standIn, sync, names }: Bench): Promise<Difference[]> {
  const stored = await storedContent(sync.pool, await sync.installation())
  return differencesFrom(standIn.content({ repositories: names }), stored)
}

function differencesFrom(truth: Content, stored: Content): Difference[] {
  const options = { ignore: ['commits.parents'], email: hashEmail }
  return compareContent(truth, stored, options).filter(({ field, expected }) => {
    const isGap = field === 'closingIssues' && (expected as unknown[]).length > MAX_CLOSING
    return !isGap
  })
}

export function rowsOf(content: Content): number {
  return Object.values(content).reduce((sum, rows) => sum + rows.length, 0)
}
