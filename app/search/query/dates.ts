/** Parses the times in a qualifier: `2024-05`, `>=2024-05-03T10:00Z`, `<14d`, `2023..2024`. */
import type { Span } from './query.ts'

/** A time with its precision: `2024` lasts a year. An age is a single moment. */
interface DateParts {
  start: Date
  end: Date
  isAge: boolean
}

const TIME =
  /^([12]\d{3})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/i
const AGE = /^(\d{1,6})([hdwmy])$/i
const HOUR = 3_600_000
const LASTS = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR }

/**
 * Parses a time, an age or a range. Times without an offset are in UTC. `<14d` and `14d` mean within the
 * last 14 days, `>14d` means longer ago.
 *
 * @returns a description of the problem if the text is invalid.
 */
export function readSpan(text: string, now: Date): Span | { problem: string } {
  const [first = '', second, ...more] = text.split('..')
  if (more.length === 0 && second !== undefined) return readRange(first, second, now)
  const [, sign = '', rest = ''] = /^([<>]=?)?(.*)$/s.exec(text) ?? []
  const moment = readMoment(rest, now)
  if (!moment) return { problem: 'is not a date or time' }
  return moment.isAge ? spanOfAge(sign, moment.start) : spanOfTime(sign, moment)
}

function spanOfAge(sign: string, moment: Date): Span {
  return sign.startsWith('>') ? { from: null, until: moment } : { from: moment, until: null }
}

function spanOfTime(sign: string, { start, end }: DateParts): Span {
  if (sign === '>') return { from: end, until: null }
  if (sign === '>=') return { from: start, until: null }
  if (sign === '<') return { from: null, until: start }
  if (sign === '<=') return { from: null, until: end }
  return { from: start, until: end }
}

/** Parses a range. Two ages can be in either order. */
function readRange(first: string, second: string, now: Date): Span | { problem: string } {
  const begin = first === '*' ? null : readMoment(first, now)
  const end = second === '*' ? null : readMoment(second, now)
  if ((!begin && first !== '*') || (!end && second !== '*'))
    return { problem: 'is not a range of dates or times' }
  if (begin?.isAge && end?.isAge && begin.start > end.start)
    return { from: end.start, until: begin.start }
  if (begin && end && begin.start > end.start) return { problem: 'starts after it ends' }
  return { from: begin?.start ?? null, until: end?.end ?? null }
}

function readMoment(text: string, now: Date): DateParts | null {
  const [, amount, unit] = AGE.exec(text) ?? []
  if (amount && unit) {
    const start = ago(now, Number(amount), unit.toLowerCase())
    return { start, end: start, isAge: true }
  }
  const found = TIME.exec(text)
  return found && readTime(found)
}

function readTime([, ...parts]: RegExpExecArray): DateParts | null {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => (part === undefined ? undefined : Number(part)))
  const [fraction, offset] = [parts[6], parts[7]]
  const milliseconds = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'))
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
  const shift = zoneOffset(offset)
  const isReal =
    new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day &&
    month >= 1 &&
    month <= 12 &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  if (!isReal || shift === null) return null
  const start = new Date(local - shift)
  return { start, end: endOf(start, parts.slice(0, 7)), isAge: false }
}

function endOf(start: Date, parts: (string | undefined)[]): Date {
  const exact = parts.filter((part) => part !== undefined).length
  const [year, month] = [start.getUTCFullYear(), start.getUTCMonth()]
  if (exact === 1) return new Date(Date.UTC(year + 1, 0, 1))
  if (exact === 2) return new Date(Date.UTC(year, month + 1, 1))
  const lasts = exact === 3 ? 24 * HOUR : exact === 5 ? 60_000 : exact === 6 ? 1000 : 1
  return new Date(start.getTime() + lasts)
}

/** Returns the offset in milliseconds; null if no time zone has it. */
function zoneOffset(text: string | undefined): number | null {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(text ?? '') ?? []
  if (Number(hours) > 14 || Number(minutes) > 59) return null
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * 60_000)
}

/** Never returns a time before 1970, since GitHub had no data then. */
function ago(now: Date, amount: number, unit: string): Date {
  const moment = new Date(now)
  if (unit === 'm' || unit === 'y') {
    const day = now.getUTCDate()
    moment.setUTCMonth(now.getUTCMonth() - amount * (unit === 'y' ? 12 : 1))
    // A month before 31 March is the end of February, not the beginning of March.
    if (moment.getUTCDate() !== day) moment.setUTCDate(0)
  } else moment.setTime(now.getTime() - amount * LASTS[unit as keyof typeof LASTS])
  return moment.getTime() > 0 ? moment : new Date(0)
}
