import { useSyncExternalStore } from 'react'
import { dayText, localText, relativeText, utcText } from './time-text.ts'

/**
 * A time and its distance from `now`, the server's time when the page was rendered. In the reader's time zone
 * once a script runs, and in UTC without.
 */
export function Moment({ at, now }: { at: string; now: string }) {
  const text = useIsHydrated() ? localText(at, now) : utcText(at, now)
  return (
    <time
      dateTime={at}
      data-as="moment"
      className="whitespace-nowrap"
      title={new Date(at).toUTCString()}
    >
      {text} ({relativeText(at, now)})
    </time>
  )
}

/** Returns false on the server, and in the first render in the browser, which must give the same text. */
function useIsHydrated(): boolean {
  return useSyncExternalStore(
    () => () => {},
    () => true,
    () => false,
  )
}

export function Ago({ at, now }: { at: string; now: string }) {
  return (
    <time
      dateTime={at}
      data-as="ago"
      className="whitespace-nowrap"
      title={new Date(at).toUTCString()}
    >
      {relativeText(at, now)}
    </time>
  )
}

export function Day({ at, now }: { at: string; now: string }) {
  return (
    <time
      dateTime={at}
      data-as="day"
      className="whitespace-nowrap"
      title={new Date(at).toUTCString()}
    >
      {dayText(at, now)}
    </time>
  )
}
