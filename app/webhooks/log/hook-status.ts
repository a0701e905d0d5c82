/** Says whether events arrive: the last delivery of each installation, its usual pauses, and the sweep. */
import { operated, type Scope } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { isSync } from '#app/database/predicates.ts'

/** Deliveries of an installation from which its usual pauses are known. */
const COMPARED = 2_000
/** With fewer, no pause is called unusual. */
const FEWEST = 20
/** A shorter pause is never unusual. */
const SHORT_MS = 600_000

export interface LastDelivery {
  installationId: string
  account: string
  /** ISO 8601; null if none has arrived. */
  lastAt: string | null
  /** The longest pause between the deliveries of the last two weeks, in milliseconds; null if there are too few. */
  longestPauseMs: number | null
  /** True if the last delivery is longer ago than any of those pauses. */
  isUnusual: boolean
  pending: number
  failed: number
  /**
   * GitHub may have dropped the deliveries between the two; null once a sync of all repositories that began later
   * has ended.
   */
  lost: Lost | null
}

/** ISO 8601. */
interface Lost {
  from: string
  until: string
}

interface LostTimes {
  lostFrom: Date | null
  lostUntil: Date | null
}

interface Row
  extends Pick<LastDelivery, 'installationId' | 'account' | 'pending' | 'failed'>,
    LostTimes {
  lastAt: Date | null
  all: number
  longest: number | null
  silence: number | null
}

/**
 * Returns the last delivery of each installation of the App that the viewer operates. The end of a run is compared
 * as the index `run_complete` has it.
 */
export async function readLastDeliveries(db: Queryable, scope: Scope): Promise<LastDelivery[]> {
  const { values, bind } = parametersOf([COMPARED])
  const { rows } = await db.query<Row>(
    `select i.id as installation_id, i.account, own.last_at, own."all", own.longest,
       (extract(epoch from clock_timestamp() - own.last_at) * 1000)::float8 as silence,
       coalesce(own.pending, 0) as pending, coalesce(own.failed, 0) as failed,
       s.lost_from, s.lost_until
     from installation i left join hook_sweep s on i.created_at < s.lost_until and not exists (
       select from run where run.installation_id = i.id and ${isSync('run')}
         and run.state in ('finished', 'finished_with_gaps')
         and run.finished_at - timestamptz 'epoch' > s.lost_until - timestamptz 'epoch'
         and run.started_at > s.lost_until
         and run.request ->> 'repositories' is null and run.request ->> 'maxPrs' is null)
     cross join lateral (
       select max(at) as last_at, count(*)::int as "all",
         (extract(epoch from max(at - before)) * 1000)::float8 as longest,
         count(*) filter (where state = 'pending')::int as pending,
         count(*) filter (where state = 'failed')::int as failed
       from (select received_at as at, state, lag(received_at) over (order by seq) as before from (
           select received_at, state, seq from delivery where installation = i.external_id
           order by seq desc limit $1) newest
         where received_at > clock_timestamp() - interval '14 days') gaps) own
     where i.kind = 'app' and ${operated(scope, 'i.id')(bind)} order by i.id`,
    values,
  )
  return rows.map(({ lastAt, all, longest, silence, lostFrom, lostUntil, ...row }) => {
    const longestPauseMs = all >= FEWEST ? longest : null
    return {
      ...row,
      lastAt: lastAt?.toISOString() ?? null,
      longestPauseMs,
      isUnusual: longestPauseMs !== null && (silence ?? 0) > Math.max(longestPauseMs, SHORT_MS),
      lost: lostOf({ lostFrom, lostUntil }),
    }
  })
}

export interface SweepStatus {
  succeededAt: string | null
  nextAt: string
  /** Why the last one failed. */
  error: string | null
  probingReason: string | null
  /** GitHub may have dropped the deliveries between the two; a sync of all repositories was asked for instead. */
  lost: Lost | null
  hookUrl: string | null
  hookReadAt: string | null
}

/** Returns the state of the sweep, which belongs to the App; null before the first one. */
export async function readSweepStatus(db: Queryable): Promise<SweepStatus | null> {
  const { rows } = await db.query<Pick<SweepStatus, 'error' | 'probingReason' | 'hookUrl'> & Times>(
    `select succeeded_at, next_at, error, probing_reason, hook_url, hook_read_at,
       case when lost_until > now() - interval '10 days' then lost_from end as lost_from, lost_until
     from hook_sweep`,
  )
  const [row] = rows
  if (!row) return null
  const { lostFrom, lostUntil, succeededAt, nextAt, hookReadAt, ...rest } = row
  return {
    ...rest,
    succeededAt: succeededAt?.toISOString() ?? null,
    nextAt: nextAt.toISOString(),
    hookReadAt: hookReadAt?.toISOString() ?? null,
    lost: lostOf({ lostFrom, lostUntil }),
  }
}

interface Times extends LostTimes {
  succeededAt: Date | null
  nextAt: Date
  hookReadAt: Date | null
}

function lostOf({ lostFrom, lostUntil }: LostTimes): Lost | null {
  if (!lostFrom || !lostUntil) return null
  return { from: lostFrom.toISOString(), until: lostUntil.toISOString() }
}
