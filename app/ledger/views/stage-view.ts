import type { StageName } from '#app/queues/stages.ts'
import type { StageReason, StageState, StageView } from './job.ts'

export interface StageRow {
  runId: string
  position: number
  stage: StageName
  total: number
  done: number
  failed: number
  gaps: number
  cancelled: number
  open: number
  firstItemAt: Date | null
  lastItemAt: Date | null
  running: number
  /** Time from the first item to the last, or to now, by the database's clock. */
  elapsedMs: number | null
  /** True if this stage may still get items. */
  grows: boolean
  /** True if a stage that could have added items to this one has failed items or gaps. */
  upstreamFailed: boolean
  /** True if the run was cancelled before such a stage had added everything. */
  upstreamCancelled: boolean
  /** How long the item that is due longest has been due, by the database's clock; null if none is. */
  dueMs: number | null
  /**
   * Number of pending items that wait for a time, followed by the earliest such time and the weightiest
   * reason.
   */
  snoozed: number
  until: Date | null
  reason: 'rate_limit' | 'provider' | 'retrying' | 'database' | null
  message: string | null
  detail: string | null
}

/**
 * The relay hands out work every second and redelivers a lost batch after 20 s, so it is a fault if work is due
 * and no worker has taken or settled any of that stage for this long. The age of a waiting item says nothing:
 * in a long queue that moves, the last one waits for hours.
 */
export const UNTAKEN_MS = 60_000

const NO_WORKER: StageReason = {
  kind: 'stalled',
  until: null,
  message: 'no worker is running',
  detail: null,
  hint: 'Start one with `whence work`; on the embedded profile, restart Whence.',
}

export const IDLE: StageView = {
  state: 'idle',
  reason: null,
  total: 0,
  totalKnown: false,
  done: 0,
  failed: 0,
  gaps: 0,
  pending: 0,
  running: 0,
  snoozed: 0,
  firstItemAt: null,
  lastItemAt: null,
  ratePerMinute: null,
  etaAt: null,
}

/** The worker slots of a stage, over all processes that are alive. */
export interface WorkerSlots {
  slots: number
  /** True if one of them works, has settled something within `UNTAKEN_MS`, or has only just started. */
  moves: boolean
}

/** Describes the first stage of a queued run, which waits forever if there are no workers. */
export function describeWaiting(workerSlots: WorkerSlots): StageView {
  return workerSlots.slots === 0 ? { ...IDLE, reason: NO_WORKER } : IDLE
}

export function describeStage(
  row: StageRow | undefined,
  runState: string | null,
  workerSlots: WorkerSlots,
): StageView {
  if (!row) return IDLE
  const reason = reasonOf(row, workerSlots)
  const state = stateOf(row, runState, reason)
  const ratePerMinute = rateOf(row)
  return {
    state,
    reason,
    total: row.total,
    totalKnown: row.lastItemAt !== null || !row.grows,
    done: row.done,
    failed: row.failed,
    gaps: row.gaps,
    pending: Math.max(0, row.open - row.running - row.snoozed),
    running: row.running,
    snoozed: row.snoozed,
    firstItemAt: row.firstItemAt?.toISOString() ?? null,
    lastItemAt: row.lastItemAt?.toISOString() ?? null,
    ratePerMinute,
    etaAt: state === 'running' && !reason && !row.grows ? etaOf(row, ratePerMinute) : null,
  }
}

/** Below this time, the measured rate is mostly noise. */
const LEAST_ELAPSED_MS = 1_000

function rateOf(row: StageRow): number | null {
  const settled = row.done + row.failed + row.gaps
  if (settled === 0 || row.elapsedMs === null || row.elapsedMs < LEAST_ELAPSED_MS) return null
  return Math.round((settled * 600_000) / row.elapsedMs) / 10
}

function etaOf(row: StageRow, ratePerMinute: number | null): string | null {
  if (!ratePerMinute || row.open === 0) return null
  return new Date(Date.now() + (row.open / ratePerMinute) * 60_000).toISOString()
}

/** A stage that never got an item because one upstream failed or was cancelled did not start. */
function stateOf(row: StageRow, runState: string | null, reason: StageReason | null): StageState {
  const gotNothing = row.total === 0 && (row.upstreamFailed || row.upstreamCancelled)
  if (row.lastItemAt && gotNothing) return 'idle'
  if (runState === 'cancelled' && (row.cancelled > 0 || row.upstreamCancelled)) return 'cancelled'
  if (row.lastItemAt) return row.failed > 0 ? 'failed' : 'finished'
  if (!row.firstItemAt) return 'idle'
  return reason?.kind === 'rate_limit' || reason?.kind === 'provider' ? 'paused' : 'running'
}

function reasonOf(row: StageRow, { slots, moves }: WorkerSlots): StageReason | null {
  if (row.open === 0 || row.lastItemAt) return null
  if (slots === 0) return NO_WORKER
  if (!moves && row.dueMs !== null && row.dueMs > UNTAKEN_MS)
    return {
      kind: 'queue',
      until: null,
      message: `work has been due for ${Math.floor(row.dueMs / 60_000)} min, but reaches no worker`,
      detail: null,
      hint: 'Check the queue with `whence doctor`.',
    }
  if (row.snoozed < row.open || !row.reason) return null
  return {
    kind: row.reason,
    until: row.until?.toISOString() ?? null,
    message: row.message ?? '',
    detail: row.detail,
    hint: null,
  }
}
