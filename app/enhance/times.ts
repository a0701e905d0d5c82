import { dayText, localText, relativeText } from '#app/components/elements/time-text.ts'

const EVERY_MS = 10_000

type TextOf = (at: string, now: string) => string

/** By what `data-as` says. */
const TEXTS: Record<string, TextOf> = {
  moment: (at, now) => `${localText(at, now)} (${relativeText(at, now)})`,
  ago: relativeText,
  day: dayText,
}

/**
 * Shows times in the time zone of the reader, and keeps their distance from now right, by the clock of the
 * server. Live pages do so themselves.
 */
export function keepTimes(): void {
  const { renderedAt } = document.body.dataset
  if (!renderedAt) return
  const ahead = Date.parse(renderedAt) - Date.now()
  function show(): void {
    // Nothing moves while somebody selects text.
    if (getSelection()?.isCollapsed === false) return
    const now = new Date(Date.now() + ahead).toISOString()
    for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-as]')) {
      const text = TEXTS[time.dataset.as ?? '']?.(time.dateTime, now)
      if (text && text !== time.textContent) time.textContent = text
    }
  }
  show()
  setInterval(show, EVERY_MS)
}
