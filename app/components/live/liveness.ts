import { useEffect, useRef, useState } from 'react'
import type { RefreshMode } from './refresh-mode.ts'

/** Whether a page follows what happens. */
export interface Liveness {
  mode: RefreshMode
  setMode(mode: RefreshMode): void
  /** True if the server was unreachable at the last attempt. */
  isLost: boolean
  /** True while nothing moves because text is selected. */
  isHeld: boolean
  /** When the server was heard last, by `performance.now()`; null before a script runs. */
  heardAt: { current: number | null }
  /** Loads the page's data now. */
  load(): void
}

/**
 * A stream says every 15 s that it is still there, and a page reads as often what events do not contain; after this long
 * two such signs are missing.
 */
export const STALE_MS = 40_000

export function isStale(heardAt: number | null): boolean {
  return heardAt !== null && performance.now() - heardAt > STALE_MS
}

/** Returns what `performance.now()` says once a second; null on the server, and in the first render. */
export function useSeconds(): number | null {
  const [seconds, setSeconds] = useState<number | null>(null)
  useEffect(() => {
    const tick = () => setSeconds(performance.now())
    tick()
    const timer = setInterval(tick, 1_000)
    return () => clearInterval(timer)
  }, [])
  return seconds
}

/**
 * Returns how old data is, in milliseconds by the browser's own clock, from when it first had it; null without a script.
 *
 * @param at names the data; it is new when this changes.
 */
export function useAge(at: string): number | null {
  const now = useSeconds()
  const first = useRef({ at: '', since: 0 })
  if (now === null) return null
  if (first.current.at !== at) first.current = { at, since: performance.now() }
  return Math.max(0, now - first.current.since)
}
