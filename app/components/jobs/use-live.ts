import { useEffect, useMemo, useRef, useState } from 'react'
import type { Job } from '#app/ledger/views/job.ts'
import { type Heard, keyOf, mergeJobs } from './live-jobs.ts'

const LOOK_MS = 3_000
const REFRESH_MS = 15_000
const KEPT = 200

interface Live {
  jobs: Job[] | null
  /** The server's clock at the latest of what is shown. */
  now: string
  /** Whether the server was out of reach at the last try. */
  isLost: boolean
}

/**
 * Keeps loaded jobs moving by `/events` while the tab is visible. What events do not tell is loaded
 * again soon after each of them, and now and then; where there is no stream, every few seconds while
 * the server answers. A page that is left open over a restart stays, and goes on when it is back.
 */
export function useLive(loaded: Job[] | null, loadedAt: string, refresh: () => void): Live {
  const [heard, setHeard] = useState<Heard[]>([])
  const [isLost, setLost] = useState(false)
  const latest = useRef(refresh)
  latest.current = refresh

  useEffect(
    () =>
      follow({
        hear: (one) => setHeard((known) => keepNewest(known, one)),
        refresh: () => latest.current(),
        setLost,
      }),
    [],
  )

  return useMemo(() => {
    const moments = [loadedAt, ...heard.map(({ at }) => at)].sort()
    const now = moments.at(-1) ?? loadedAt
    return { jobs: loaded && mergeJobs(loaded, loadedAt, heard), now, isLost }
  }, [loaded, loadedAt, heard, isLost])
}

function keepNewest(known: Heard[], one: Heard): Heard[] {
  const others = known.filter(({ job }) => keyOf(job) !== keyOf(one.job))
  return [...others, one].slice(-KEPT)
}

interface Follower {
  hear(one: Heard): void
  refresh(): void
  setLost(isLost: boolean): void
}

/** @returns what ends it. */
function follow({ hear, refresh, setLost }: Follower): () => void {
  const stopped = new AbortController()
  let source: EventSource | null = null
  let refreshedAt = Date.now()
  let isDue = false

  function open(): void {
    source?.close()
    source = new EventSource('/events')
    source.addEventListener('job', (event: MessageEvent<string>) => {
      const { data, timestamp } = JSON.parse(event.data) as { data: Job; timestamp: string }
      hear({ job: data, at: timestamp })
      isDue = true
    })
    // What a snapshot holds the loader knows as well, and more.
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

  /** Browsers allow a server few connections at once: a tab that nobody sees gives its own back. */
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
  const timer = setInterval(look, LOOK_MS)
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
