import { useEffect, useRef, useState } from 'react'

const EVERY_MS = 3_000

/**
 * Calls `refresh` every few seconds while the tab is visible and the server answers. A page that is
 * left open over a restart stays, and goes on when the server is back.
 *
 * @returns whether the server was out of reach at the last try.
 */
export function useLive(refresh: () => void): boolean {
  const [isLost, setLost] = useState(false)
  const latest = useRef(refresh)
  latest.current = refresh

  useEffect(() => {
    const stopped = new AbortController()
    async function turn() {
      if (document.visibilityState !== 'visible') return
      const answers = await isAnswering(stopped.signal)
      if (stopped.signal.aborted) return
      setLost(!answers)
      if (answers) latest.current()
    }
    const timer = setInterval(turn, EVERY_MS)
    document.addEventListener('visibilitychange', turn, { signal: stopped.signal })
    return () => {
      stopped.abort()
      clearInterval(timer)
    }
  }, [])
  return isLost
}

async function isAnswering(signal: AbortSignal): Promise<boolean> {
  try {
    return (await fetch('/healthz', { signal })).ok
  } catch {
    return false
  }
}
