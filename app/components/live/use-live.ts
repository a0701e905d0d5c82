import { useEffect, useMemo, useRef, useState } from 'react'
import { isOpen } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { keyOf, type mergeJobs, type ReceivedJob } from './live-jobs.ts'
import { isStale, type Liveness } from './liveness.ts'
import { POLL_MS, type RefreshMode, useRefreshMode } from './refresh-mode.ts'
import { joinStream, type SharedStream, type StreamEvent } from './shared-stream.ts'

/** How often a page looks whether it has to load. */
const LOOK_MS = 3_000
/** How often it loads what events do not contain; a hidden one too while a run is open, for the title of its tab. */
const REFRESH_MS = 15_000
const KEPT = 200

interface Live<Loaded> {
  /** Null if none were loaded. */
  jobs: Loaded | Job[]
  /** Server time of the latest data shown. */
  now: string
  liveness: Liveness
}

/**
 * Updates the loaded jobs as the viewer has chosen: from the browser's stream of events, by loading every few seconds,
 * or when asked to. Live, it also reloads the data that events do not contain soon after each event, and periodically;
 * without a stream, or with one from which nothing is heard, it loads every few seconds while the server responds. An
 * open page survives a server restart and continues when the server is back. When its session has ended, it gives way
 * to the page that says how to sign in. While text of the page is selected, nothing on it moves.
 *
 * @param merge returns the jobs to show, of those loaded and those received since.
 */
export function useLive<Loaded extends Job[] | null>(
  loaded: Loaded,
  loadedAt: string,
  refresh: () => void,
  merge: typeof mergeJobs,
): Live<Loaded> {
  const [received, setReceived] = useState<ReceivedJob[]>([])
  const [isLost, setLost] = useState(false)
  const [isHeld, setHeld] = useState(false)
  const [mode, setMode] = useRefreshMode()
  const heardAt = useRef<number | null>(null)
  const shown = loaded && merge(loaded, loadedAt, received)
  const latest = useRef({ refresh, isBusy: false, load: () => {} })
  latest.current.refresh = refresh
  latest.current.isBusy = shown?.some(({ overall }) => isOpen(overall)) ?? false

  useEffect(() => {
    heardAt.current = performance.now()
    const { load, stop } = follow(mode, {
      add: (one) => setReceived((known) => keepNewest(known, one)),
      refresh: () => latest.current.refresh(),
      isBusy: () => latest.current.isBusy,
      setLost,
      setHeld,
      heardAt,
    })
    latest.current.load = load
    return stop
  }, [mode])

  return useMemo(() => {
    const moments = [loadedAt, ...received.map(({ at }) => at)].sort()
    const now = moments.at(-1) ?? loadedAt
    const load = () => latest.current.load()
    const liveness = { mode, setMode, isLost, isHeld, heardAt, load }
    return { jobs: loaded && merge(loaded, loadedAt, received), now, liveness }
  }, [loaded, loadedAt, received, isLost, isHeld, merge, mode, setMode])
}

function keepNewest(known: ReceivedJob[], one: ReceivedJob): ReceivedJob[] {
  const others = known.filter(({ job }) => keyOf(job) !== keyOf(one.job))
  return [...others, one].slice(-KEPT)
}

interface Follower {
  add(one: ReceivedJob): void
  refresh(): void
  isBusy(): boolean
  setLost(isLost: boolean): void
  setHeld(isHeld: boolean): void
  heardAt: { current: number | null }
}

interface Following {
  /** Loads now. */
  load(): void
  stop(): void
}

/** What a page follows, and where it stands. */
interface Followed {
  mode: RefreshMode
  follower: Follower
  stopped: AbortSignal
  stream: SharedStream | null
  refreshedAt: number
  /** True once something has come that the page has to load for. */
  isDue: boolean
  /** True during an outage of the database. */
  isAway: boolean
  /** What came while text was selected. */
  held: ReceivedJob[]
}

function follow(mode: RefreshMode, follower: Follower): Following {
  const stopped = new AbortController()
  const refreshedAt = performance.now()
  const at: Followed = {
    ...{ mode, follower, stopped: stopped.signal, stream: null, refreshedAt },
    ...{ isDue: false, isAway: false, held: [] },
  }
  if (document.visibilityState === 'visible') join(at)
  const timer = setInterval(() => look(at), mode === 'poll' ? POLL_MS : LOOK_MS)
  const { signal } = stopped
  document.addEventListener('visibilitychange', () => turn(at), { signal })
  document.addEventListener('selectionchange', () => select(at), { signal })
  return {
    load: () => void load(at),
    stop() {
      stopped.abort()
      clearInterval(timer)
      at.stream?.close()
    },
  }
}

function receive(at: Followed, { type, data: text }: StreamEvent): void {
  if (type === 'ended') return void load(at)
  // After an outage, only a snapshot says that the database is read again.
  at.isAway = type === 'outage' || (at.isAway && type !== 'snapshot')
  if (!at.isAway) at.follower.heardAt.current = performance.now()
  if (type === 'heartbeat') return
  // The loader returns everything that a snapshot contains, and more.
  at.isDue = true
  if (type !== 'job') return
  const { data, timestamp } = JSON.parse(text) as { data: Job; timestamp: string }
  if (isSelecting()) at.held.push({ job: data, at: timestamp })
  else at.follower.add({ job: data, at: timestamp })
}

/** A stream that another window has opened sends no snapshot: what it sent before is loaded. */
function join(at: Followed): void {
  if (at.mode !== 'live') return
  at.stream ??= joinStream((event) => receive(at, event))
  at.isDue = true
}

async function load(at: Followed): Promise<void> {
  const { refresh, setLost, heardAt } = at.follower
  const status = await askServer(at.stopped)
  if (at.stopped.aborted) return
  // The page that says how to sign in has no script, so this happens once.
  if (status === 'signed out') return location.reload()
  setLost(status === 'lost')
  if (status === 'lost' || isSelecting()) return
  at.isDue = false
  at.refreshedAt = performance.now()
  heardAt.current = at.refreshedAt
  refresh()
}

async function look(at: Followed): Promise<void> {
  const { isBusy, heardAt, setLost } = at.follower
  const since = performance.now() - at.refreshedAt
  if (document.visibilityState !== 'visible') {
    if (at.mode !== 'off' && isBusy() && since >= REFRESH_MS) await load(at)
    return
  }
  if (at.mode === 'off') return
  if (at.mode === 'poll') return load(at)
  const isHeard = at.stream?.isOpen() && !isStale(heardAt.current)
  if (isHeard && !at.isDue && since < REFRESH_MS) return setLost(false)
  await load(at)
}

/** A hidden tab leaves the stream to those that are visible. */
function turn(at: Followed): void {
  if (document.visibilityState === 'visible') {
    join(at)
    if (at.mode !== 'off') void load(at)
  } else {
    at.stream?.close()
    at.stream = null
  }
}

function select({ follower, held }: Followed): void {
  const isHeld = isSelecting()
  follower.setHeld(isHeld)
  if (!isHeld) for (const one of held.splice(0)) follower.add(one)
}

/** Returns true while text of the page is selected, as to copy it. */
function isSelecting(): boolean {
  const selection = document.getSelection()
  if (!selection || selection.isCollapsed) return false
  return document.getElementById('content')?.contains(selection.anchorNode) ?? false
}

async function askServer(signal: AbortSignal): Promise<'answers' | 'signed out' | 'lost'> {
  try {
    const { ok, status } = await fetch('/session', { signal })
    if (status === 401) return 'signed out'
    return ok ? 'answers' : 'lost'
  } catch {
    return 'lost'
  }
}
