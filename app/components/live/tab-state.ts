import { useCallback, useEffect, useRef, useState } from 'react'
import { isOpen } from '#app/ledger/run-states.ts'
import type { Job } from '#app/ledger/views/job.ts'
import { STATE_WORDS } from '../elements/states.ts'
import { keepChoice, readChoice } from './kept-choice.ts'
import { keyOf } from './live-jobs.ts'

const WISH = 'whence.notify'

/** True if this browser can show notifications here, and its user has not refused them. */
export function mayNotify(): boolean {
  return 'Notification' in window && isSecureContext && Notification.permission !== 'denied'
}

/** The wish to be notified, kept in this browser. */
export function useWish(): [boolean, (wish: boolean) => void] {
  const [wish, setWish] = useState(false)
  useEffect(() => setWish(isWished()), [])
  const change = useCallback((wished: boolean) => {
    keepChoice(WISH, String(wished))
    setWish(wished)
  }, [])
  return [wish, change]
}

function isWished(): boolean {
  return mayNotify() && Notification.permission === 'granted' && readChoice(WISH) === 'true'
}

const ICONS = {
  plain: '/favicon.svg',
  running: '/favicon-running.svg',
  good: '/favicon-good.svg',
  bad: '/favicon-bad.svg',
} as const

interface Ended {
  /** `acme: finished`. */
  words: string
  icon: 'good' | 'bad'
}

/**
 * Shows in the title and the icon of the tab how the runs go, and how one ended until the viewer has looked. Notifies of
 * an end where that is wished for and the tab is hidden. Refreshes by webhooks are left out: they are many and short.
 */
export function useTabState(jobs: Job[] | null): void {
  const open = useRef<Set<string>>(new Set())
  const [ended, setEnded] = useState<Ended | null>(null)
  const syncs = jobs?.filter(({ mode }) => mode !== 'targeted') ?? []
  const running = syncs.filter(({ overall }) => isOpen(overall))

  useEffect(() => {
    for (const job of syncs) if (open.current.has(keyOf(job)) && !isOpen(job.overall)) tell(job)
    open.current = new Set(running.map(keyOf))
  })

  function tell(job: Job): void {
    const name = job.ingest?.repository ?? job.installation.account
    const words = `${name}: ${STATE_WORDS[job.overall]}`
    setEnded({ words, icon: job.overall === 'finished' ? 'good' : 'bad' })
    if (document.visibilityState !== 'visible' && isWished())
      new Notification(words, { tag: keyOf(job), icon: ICONS.plain })
  }

  useEffect(() => {
    if (!ended) return
    const looked = () => document.visibilityState === 'visible' && setEnded(null)
    const timer = document.visibilityState === 'visible' ? setTimeout(looked, 10_000) : undefined
    document.addEventListener('visibilitychange', looked)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', looked)
    }
  }, [ended])

  const title = titleOf(running, ended)
  const icon = ended ? ended.icon : running.length > 0 ? 'running' : 'plain'
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    document.querySelector('link[rel=icon]')?.setAttribute('href', ICONS[icon])
  }, [icon])
}

function titleOf(running: Job[], ended: Ended | null): string {
  if (ended) return `${ended.words} · Whence`
  const known = running.find(({ totalKnown }) => totalKnown)
  return known ? `${known.progress} % · Whence` : 'Whence'
}
