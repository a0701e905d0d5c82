const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const UNITS = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'min' },
] as const

/**
 * Formats `22 Nov 2026, 14:05 UTC`, or `14:05 UTC` on the day of `now`. Written by hand to be the same
 * everywhere.
 */
export function utcText(moment: string, now: string): string {
  const date = new Date(moment)
  const time = `${date.toISOString().slice(11, 16)} UTC`
  if (moment.slice(0, 10) === now.slice(0, 10)) return time
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${time}`
}

/** Formats `22 Nov 2026, 15:05 CET`, or `15:05 CET` on the day of `now`, in the time zone of this process. */
export function localText(moment: string, now: string): string {
  const date = new Date(moment)
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())} ${zoneName(date)}`
  if (date.toDateString() === new Date(now).toDateString()) return time
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}, ${time}`
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(date)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

const RECENT_MS = 30 * 86_400_000

/** Formats `3 min ago` within thirty days of `now`, otherwise the date: `22 Nov 2024`. */
export function dayText(moment: string, now: string): string {
  if (Math.abs(Date.parse(moment) - Date.parse(now)) < RECENT_MS) return relativeText(moment, now)
  const date = new Date(moment)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
}

/** Formats `3 min ago` or `in 2 h`; `now` within a few seconds. */
export function relativeText(moment: string, now: string): string {
  const seconds = Math.round((Date.parse(moment) - Date.parse(now)) / 1000)
  const distance = Math.abs(seconds)
  if (distance < 5) return 'now'
  const unit = UNITS.find((candidate) => distance >= candidate.seconds)
  const length = unit ? `${Math.floor(distance / unit.seconds)} ${unit.name}` : `${distance} s`
  return seconds < 0 ? `${length} ago` : `in ${length}`
}

export function countText(count: number): string {
  return count.toLocaleString('en-GB')
}

export function pluralText(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}
