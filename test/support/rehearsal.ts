import type { Database } from '#app/database/database.server.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { InitialItems } from '#app/ledger/runs.ts'
import { type Payload, PLACES, type Place, WORK } from '#app/ledger/work.ts'
import type { ClaimedItem, NewItem, Outcome } from '#app/ledger/work-items.ts'
import type { Handler, Handlers } from '#workers/handlers.ts'

/**
 * A pipeline with the two steps and three stages of the real one that reads nothing: repositories fan out
 * into pages, and pages into pull requests. Every handler records each item that it settled, so that a test
 * can verify that items take effect exactly once.
 */
export interface RehearsalSize {
  repositories: number
  pages: number
  perPage: number
}

/** Alternative outcomes for items, by place and key, by key, or `*` for all. */
export type Troubles = Record<string, 'poison' | 'gap' | 'fail' | 'retry-once' | 'snooze-once'>

// Longer than the second between two sweeps, because only a sweep marks a run as paused.
const SNOOZE_MS = 3_000

export function itemsOf({ repositories, pages, perPage }: RehearsalSize): number {
  return repositories * (3 + pages * (1 + 2 * perPage))
}

export async function createEffects(db: Queryable): Promise<void> {
  await db.query(`create table if not exists rehearsal_effect (
    run_id bigint, position int, key text, times int default 1, primary key (run_id, position, key))`)
}

/** Counts the items by the number of times they took effect. */
export async function readEffects(db: Queryable, runId: string): Promise<Record<number, number>> {
  const { rows } = await db.query<{ times: number; items: number }>(
    `select times, count(*)::int as items from rehearsal_effect where run_id = $1 group by 1`,
    [runId],
  )
  return Object.fromEntries(rows.map((row) => [row.times, row.items]))
}

export function seedOf(size: RehearsalSize): InitialItems {
  return async () =>
    Array.from({ length: size.repositories }, (_, repository) =>
      newItem('github_repositories/extraction', `repository:${repository}`),
    )
}

function followUps({ place, key }: ClaimedItem, size: RehearsalSize): NewItem[] {
  const [repository = 0, page = 0] = key.split(':').slice(1).map(Number)
  switch (place) {
    case 'github_repositories/extraction':
      return [newItem('github_repositories/transform', key)]
    case 'github_repositories/transform':
      return [newItem('github_repositories/embedding', key), ...pageItems(size, repository, 0)]
    case 'github_prs_commits_reviews_comments/extraction':
      return [
        ...pageItems(size, repository, page + 1),
        ...Array.from({ length: size.perPage }, (_, index) =>
          newItem(
            'github_prs_commits_reviews_comments/transform',
            `pull-request:${repository}:${page}:${index}`,
          ),
        ),
      ]
    case 'github_prs_commits_reviews_comments/transform':
      return [newItem('github_prs_commits_reviews_comments/embedding', key)]
    default:
      return []
  }
}

function pageItems({ pages }: RehearsalSize, repository: number, page: number): NewItem[] {
  if (page >= pages) return []
  return [newItem('github_prs_commits_reviews_comments/extraction', `page:${repository}:${page}`)]
}

/** @param options.visited called on every handler call with the keys of its batch. */
export function rehearsalHandlers(options: {
  size: RehearsalSize
  trouble?: Troubles
  visited?: (place: Place, keys: string[]) => void | Promise<void>
}): Handlers {
  const seen = new Set<string>()
  const handler: Handler = async (items) => {
    const [first] = items as [ClaimedItem]
    await options.visited?.(
      first.place,
      items.map((item) => item.key),
    )
    const troubles = items.map((item) => troubleOf(item, options.trouble))
    if (troubles.includes('poison')) throw new Error('this item is poison')
    return async (tx) => {
      await writeEffects(tx, items)
      return items.map(
        (item, index) =>
          meetTrouble(item, troubles[index], seen) ?? {
            state: 'done',
            followUps: followUps(item, options.size),
          },
      )
    }
  }
  return Object.fromEntries(PLACES.map((place) => [place, handler])) as Handlers
}

function troubleOf(item: ClaimedItem, troubles: Troubles = {}): Troubles[string] | undefined {
  return troubles[`${item.place}/${item.key}`] ?? troubles[item.key] ?? troubles['*']
}

function meetTrouble(
  item: ClaimedItem,
  trouble: Troubles[string] | undefined,
  seen: Set<string>,
): Outcome | null {
  const once = `${item.runId}/${item.place}/${item.key}`
  switch (trouble) {
    case 'gap':
      return { state: 'gap', subject: item.key, message: 'the rehearsal gave nothing' }
    case 'fail':
      return { state: 'failed', message: 'the rehearsal failed' }
    case 'retry-once':
      if (item.attempts) return null
      return { state: 'retry', message: 'the rehearsal wants another try' }
    case 'snooze-once': {
      if (seen.has(once)) return null
      seen.add(once)
      const until = new Date(Date.now() + SNOOZE_MS)
      return { state: 'snooze', until, reason: 'rate_limit', message: 'the rehearsal pauses' }
    }
    default:
      return null
  }
}

/** Records effects in the settlement's transaction, so that only committed attempts count. */
async function writeEffects(tx: Queryable, items: ClaimedItem[]): Promise<void> {
  await tx.query(
    `insert into rehearsal_effect (run_id, position, key)
     select * from unnest($1::bigint[], $2::int[], $3::text[]) e (run_id, position, key)
     order by 1, 2, 3
     on conflict (run_id, position, key) do update set times = rehearsal_effect.times + 1`,
    [
      items.map((item) => item.runId),
      items.map((item) => WORK[item.place].position),
      items.map((item) => item.key),
    ],
  )
}

const PAYLOADS: { [P in Place]: Payload<P> } = {
  'github_repositories/extraction': { kind: 'named', name: 'acme/anvil' },
  'github_repositories/transform': { recordId: '1' },
  'github_repositories/embedding': { repositoryId: '1' },
  'github_prs_commits_reviews_comments/extraction': { kind: 'flush', of: 'thread' },
  'github_prs_commits_reviews_comments/transform': { recordId: '1' },
  'github_prs_commits_reviews_comments/embedding': { snapshotId: '1', pullRequestId: '1' },
  'github_code/extraction': { kind: 'clone' },
  'github_code/transform': { fileIds: ['1'] },
  'github_code/embedding': { kind: 'chunks', fileIds: ['1'] },
}

/** Returns a work item with a payload valid for its place, for handlers that only use its key. */
export function newItem<P extends Place>(place: P, key: string): NewItem<P> {
  return { place, key, payload: { ...PAYLOADS[place] } }
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
