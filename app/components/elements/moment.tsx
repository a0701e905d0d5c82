import { dayText, relativeText, utcText } from './time-text.ts'

/** A time in UTC and its distance from `now`, the server's time when the page was rendered. */
export function Moment({ at, now }: { at: string; now: string }) {
  return (
    <time dateTime={at} className="whitespace-nowrap" title={new Date(at).toUTCString()}>
      {utcText(at, now)} ({relativeText(at, now)})
    </time>
  )
}

export function Ago({ at, now }: { at: string; now: string }) {
  return (
    <time dateTime={at} className="whitespace-nowrap" title={new Date(at).toUTCString()}>
      {relativeText(at, now)}
    </time>
  )
}

export function Day({ at, now }: { at: string; now: string }) {
  return (
    <time dateTime={at} className="whitespace-nowrap" title={new Date(at).toUTCString()}>
      {dayText(at, now)}
    </time>
  )
}
