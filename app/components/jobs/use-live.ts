import { useEffect, useMemo, useRef, useState } from 'react'
import type { Job } from '#app/ledger/views/job.ts'
import { keyOf, mergeJobs, type ReceivedJob } from './live-jobs.ts'

const POLL_MS = 3_000
const REFRESH_MS = 15_000
const KEPT = 200

interface Live {
  jobs: Job[] | null
  /** Server time of the latest data shown. */
  now: string
  /** True if the server was unreachable at the last attempt. */
  isLost: boolean
}

/**
 * Updates the loaded jobs from `/events` while the tab is visible. Reloads the data that events do not
 * contain soon after each event, and periodically; without a stream, polls every few seconds while the server
 * responds. An open page survives a server restart and continues when the server is back.
 */
export function useLive(loaded: Job[] | null, loadedAt: string, refresh: () => void): Live {
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
    return { jobs: loaded && mergeJobs(loaded, loadedAt, received), now, isLost }
  }, [loaded, loadedAt, received, isLost])
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
  let source: EventSource | null = null
  let refreshedAt = Date.now()
  let isDue = false

  function open(): void {
    source?.close()
    source = new EventSource('/events')
    source.addEventListener('job', (event: MessageEvent<string>) => {
      const { data, timestamp } = JSON.parse(event.data) as { data: Job; timestamp: string }
      add({ job: data, at: timestamp })
      isDue = true
    })
    // The loader returns everything that a snapshot contains, and more.
    for (const type of ['snapshot', 'outage'])
      source.addEventListener(type, () => {
        isDue = true
      })
  }

  async function load(): Promise<void> {
    const answers = await isAnswering(stopped.signal)
    if (stopped.signal.aborted) return
    setLost(!answers)
    if (!answers) return
    isDue = false
    refreshedAt = Date.now()
    refresh()
  }

  async function look(): Promise<void> {
    if (document.visibilityState !== 'visible') return
    const isStreaming = source?.readyState === EventSource.OPEN
    if (isStreaming && !isDue && Date.now() - refreshedAt < REFRESH_MS) return setLost(false)
    await load()
    if (!source || source.readyState === EventSource.CLOSED) open()
  }

  /** Browsers limit the connections to one server, so a hidden tab closes its own. */
  function turn(): void {
    if (document.visibilityState === 'visible') {
      open()
      void load()
    } else {
      source?.close()
      source = null
    }
  }

  if (document.visibilityState === 'visible') open()
  const timer = setInterval(look, POLL_MS)
  document.addEventListener('visibilitychange', turn, { signal: stopped.signal })
  return () => {
    stopped.abort()
    clearInterval(timer)
    source?.close()
  }
}

async function isAnswering(signal: AbortSignal): Promise<boolean> {
  try {
    return (await fetch('/healthz', { signal })).ok
  } catch {
    return false
  }
}
