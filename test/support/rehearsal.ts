import type { Database } from '#app/database/database.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { Seed } from '#app/ledger/runs.ts'
import { type Place, placeAt, positionOf } from '#app/ledger/steps.ts'
import type { ClaimedItem, NewItem, Outcome } from '#app/ledger/work-items.ts'
import type { Handler, Handlers } from '#workers/handlers.ts'

/**
 * A pipeline of the same two steps and three stages as the real one, that reads nothing: repositories
 * fan out into pages, pages into pull requests. Every handler writes down each item that it settled,
 * so that a test can tell "exactly once in effect" from anything else.
 */
export interface RehearsalSize {
  repositories: number
  pages: number
  perPage: number
}

/** What an item's payload may ask its handler to do instead of succeeding. */
export type Trouble = 'poison' | 'gap' | 'fail' | 'retry-once' | 'snooze-once'

// Longer than the second between two sweeps: only a sweep marks a run as paused.
const SNOOZE_MS = 3_000

export function itemsOf({ repositories, pages, perPage }: RehearsalSize): number {
  return repositories * (3 + pages * (1 + 2 * perPage))
}

export async function createEffects(db: Queryable): Promise<void> {
  await db.query(`create table if not exists rehearsal_effect (
    run_id bigint, position int, key text, times int default 1, primary key (run_id, position, key))`)
}

/** How often each item took effect: the number of items by `times`. */
export async function readEffects(db: Queryable, runId: string): Promise<Record<number, number>> {
  const { rows } = await db.query<{ times: number; items: number }>(
    `select times, count(*)::int as items from rehearsal_effect where run_id = $1 group by 1`,
    [runId],
  )
  return Object.fromEntries(rows.map((row) => [row.times, row.items]))
}

export function seedOf(size: RehearsalSize, trouble?: Record<string, Trouble>): Seed {
  return async () =>
    Array.from({ length: size.repositories }, (_, repository) => ({
      place: 'github_repositories/extraction',
      key: `repository:${repository}`,
      payload: { repository, size, trouble },
    }))
}

type Payload = {
  repository: number
  page?: number
  size: RehearsalSize
  trouble?: Record<string, Trouble>
}

function followUps(item: ClaimedItem): NewItem[] {
  const { repository, page = 0, size, trouble } = item.payload as Payload
  const key = item.key
  switch (item.place) {
    case 'github_repositories/extraction':
      return [{ place: 'github_repositories/transform', key, payload: item.payload }]
    case 'github_repositories/transform':
      return [
        { place: 'github_repositories/embedding', key, payload: { trouble } },
        ...pageItems({ repository, page: 0, size, trouble }),
      ]
    case 'github_prs_commits_reviews_comments/extraction':
      return [
        ...pageItems({ repository, page: page + 1, size, trouble }),
        ...Array.from({ length: size.perPage }, (_, index) => ({
          place: 'github_prs_commits_reviews_comments/transform' as const,
          key: `pull-request:${repository}:${page}:${index}`,
          payload: { trouble },
        })),
      ]
    case 'github_prs_commits_reviews_comments/transform':
      return [{ place: 'github_prs_commits_reviews_comments/embedding', key, payload: { trouble } }]
    default:
      return []
  }
}

function pageItems({ repository, page = 0, size, trouble }: Payload): NewItem[] {
  if (page >= size.pages) return []
  return [
    {
      place: 'github_prs_commits_reviews_comments/extraction',
      key: `page:${repository}:${page}`,
      payload: { repository, page, size, trouble },
    },
  ]
}

/** @param visited called for every handler call, with the keys of its batch. */
export function rehearsalHandlers(
  visited: (place: Place, keys: string[]) => void | Promise<void> = () => {},
): Handlers {
  const seen = new Set<string>()
  const handler: Handler = async (items) => {
    const [first] = items as [ClaimedItem]
    await visited(
      first.place,
      items.map((item) => item.key),
    )
    if (items.some((item) => troubleOf(item) === 'poison')) throw new Error('this item is poison')
    return async (tx) => {
      await writeEffects(tx, items)
      return items.map((item) => outcomeOf(item, seen))
    }
  }
  const places = [1, 2, 3, 4, 5, 6].map(placeAt)
  return Object.fromEntries(places.map((place) => [place, handler])) as Handlers
}

function troubleOf(item: ClaimedItem): Trouble | undefined {
  const { trouble } = item.payload as Payload
  return trouble?.[`${item.place}/${item.key}`] ?? trouble?.[item.key] ?? trouble?.['*']
}

function outcomeOf(item: ClaimedItem, seen: Set<string>): Outcome {
  const once = `${item.runId}/${item.place}/${item.key}`
  switch (troubleOf(item)) {
    case 'gap':
      return { state: 'gap', subject: item.key, message: 'the rehearsal gave nothing' }
    case 'fail':
      return { state: 'failed', message: 'the rehearsal failed' }
    case 'retry-once':
      if (!item.attempts) return { state: 'retry', message: 'the rehearsal wants another try' }
      break
    case 'snooze-once': {
      if (seen.has(once)) break
      seen.add(once)
      const until = new Date(Date.now() + SNOOZE_MS)
      return { state: 'snooze', until, reason: 'rate_limit', message: 'the rehearsal pauses' }
    }
  }
  return { state: 'done', followUps: followUps(item) }
}

/** An effect counts when its item is settled for good: a retry or snooze takes it back. */
async function writeEffects(tx: Queryable, items: ClaimedItem[]): Promise<void> {
  await tx.query(
    `insert into rehearsal_effect (run_id, position, key)
     select * from unnest($1::bigint[], $2::int[], $3::text[]) e (run_id, position, key)
     order by 1, 2, 3
     on conflict (run_id, position, key) do update set times = rehearsal_effect.times + 1`,
    [
      items.map((item) => item.runId),
      items.map((item) => positionOf(item.place)),
      items.map((item) => item.key),
    ],
  )
}

export async function addInstallation(
  database: Database,
  settings: Record<string, unknown> = { extraction_slots: 4 },
): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into installation (kind, external_id, account, settings)
     values ('app', gen_random_uuid()::text, 'rehearsal', $1) returning id`,
    [JSON.stringify(settings)],
  )
  return rows[0]?.id as string
}
