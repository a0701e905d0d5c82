import { useEffect, useMemo, useRef, useState } from 'react'
import type { Job } from '#app/ledger/views/job.ts'
import { keyOf, type mergeJobs, type ReceivedJob } from './live-jobs.ts'
import { joinStream, type SharedStream, type StreamEvent } from './shared-stream.ts'

const POLL_MS = 3_000
const REFRESH_MS = 15_000
const KEPT = 200

interface Live<Loaded> {
  /** Null if none were loaded. */
  jobs: Loaded | Job[]
  /** Server time of the latest data shown. */
  now: string
  /** True if the server was unreachable at the last attempt. */
  isLost: boolean
}

/**
 * Updates the loaded jobs from the browser's stream of events while the tab is visible. Reloads the data that events do not
 * contain soon after each event, and periodically; without a stream, polls every few seconds while the server
 * responds. An open page survives a server restart and continues when the server is back. When its session has
 * ended, it gives way to the page that says how to sign in.
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
  const latest = useRef(refresh)
  latest.current = refresh

  useEffect(
    () =>
      follow({
        add: (one) => setReceived((known) => keepNewest(known, one)),
        refresh: () => latest.current(),
        setLost,
      }),
    [],
  )

  return useMemo(() => {
    const moments = [loadedAt, ...received.map(({ at }) => at)].sort()
    const now = moments.at(-1) ?? loadedAt
    return { jobs: loaded && merge(loaded, loadedAt, received), now, isLost }
  }, [loaded, loadedAt, received, isLost, merge])
}

function keepNewest(known: ReceivedJob[], one: ReceivedJob): ReceivedJob[] {
  const others = known.filter(({ job }) => keyOf(job) !== keyOf(one.job))
  return [...others, one].slice(-KEPT)
}

interface Follower {
  add(one: ReceivedJob): void
  refresh(): void
  setLost(isLost: boolean): void
}

/** @returns a function that stops it. */
function follow({ add, refresh, setLost }: Follower): () => void {
  const stopped = new AbortController()
  let stream: SharedStream | null = null
  let refreshedAt = Date.now()
  let isDue = false

  function receive({ type, data: text }: StreamEvent): void {
    if (type === 'ended') return void load()
    // The loader returns everything that a snapshot contains, and more.
    isDue = true
    if (type !== 'job') return
    const { data, timestamp } = JSON.parse(text) as { data: Job; timestamp: string }
    add({ job: data, at: timestamp })
  }

  /** A stream that another window has opened sends no snapshot: what it sent before is loaded. */
  function join(): void {
    stream ??= joinStream(receive)
    isDue = true
  }

  async function load(): Promise<void> {
    const status = await askServer(stopped.signal)
    if (stopped.signal.aborted) return
    // The page that says how to sign in has no script, so this happens once.
    if (status === 'signed out') return location.reload()
    setLost(status === 'lost')
    if (status === 'lost') return
    isDue = false
    refreshedAt = Date.now()
    refresh()
  }

  async function look(): Promise<void> {
    if (document.visibilityState !== 'visible') return
    if (stream?.isOpen() && !isDue && Date.now() - refreshedAt < REFRESH_MS) return setLost(false)
    await load()
  }

  /** A hidden tab leaves the stream to those that are visible. */
  function turn(): void {
    if (document.visibilityState === 'visible') {
      join()
      void load()
    } else {
      stream?.close()
      stream = null
    }
  }

  if (document.visibilityState === 'visible') join()
  const timer = setInterval(look, POLL_MS)
  document.addEventListener('visibilitychange', turn, { signal: stopped.signal })
  return () => {
    stopped.abort()
    clearInterval(timer)
    stream?.close()
  }
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
