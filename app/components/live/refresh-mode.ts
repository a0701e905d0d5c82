import { useCallback, useEffect, useState } from 'react'
import { keepChoice, readChoice } from './kept-choice.ts'

/** How a page follows what happens. */
export const REFRESH_MODES = ['live', 'poll', 'off'] as const
export type RefreshMode = (typeof REFRESH_MODES)[number]

export const POLL_MS = 5_000

const KEY = 'whence.refresh'

/** The choice is kept in this browser. */
export function useRefreshMode(): [RefreshMode, (mode: RefreshMode) => void] {
  const [mode, setMode] = useState<RefreshMode>('live')
  useEffect(() => {
    const stored = readChoice(KEY)
    const known = REFRESH_MODES.find((one) => one === stored)
    if (known) setMode(known)
  }, [])
  const choose = useCallback((chosen: RefreshMode) => {
    keepChoice(KEY, chosen)
    setMode(chosen)
  }, [])
  return [mode, choose]
}
