/** Log lines for people: on a terminal, instead of JSON. */

const LEVELS: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
const COLORS: Record<string, string> = { warn: '\x1b[33m', error: '\x1b[31m', fatal: '\x1b[31m' }
const DIM = '\x1b[2m'
const PLAIN = '\x1b[0m'
const ERROR = 50
const HIDDEN_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err'])
// Messages may quote text of users: no control character reaches the terminal.
const CONTROL = /[\p{Cc}\p{Cf}]+/gu

interface LogError {
  message?: unknown
  stack?: unknown
}

/**
 * Converts a JSON log line to a readable one: the time of day, the level, the message, and then the fields.
 * The stack of an error follows from level error on.
 */
export function readableLine(line: string, { colors }: { colors: boolean }): string {
  const entry = parse(line)
  if (!entry) return line
  const level = LEVELS[entry.level as number] ?? String(entry.level)
  const paint = (color: string | undefined, text: string) =>
    colors && color ? `${color}${text}${PLAIN}` : text
  const err = (entry.err ?? {}) as LogError
  const text = [...new Set([clean(entry.msg), clean(err.message)])].filter(Boolean).join(': ')
  const fields = Object.entries(entry).filter(([name]) => !HIDDEN_FIELDS.has(name))
  const first = [
    paint(DIM, timeOfDay(entry.time)),
    paint(COLORS[level], level.padEnd(5)),
    text,
    ...fields.map(([name, value]) => paint(DIM, `${name}=${textOf(value)}`)),
  ]
  const stack = (entry.level as number) >= ERROR ? stackOf(err) : []
  return [first.join(' '), ...stack.map((one) => paint(DIM, one)), ''].join('\n')
}

function parse(line: string): Record<string, unknown> | null {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' ? (entry as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function timeOfDay(time: unknown): string {
  const at = new Date(time as number)
  return Number.isNaN(at.getTime()) ? '' : at.toTimeString().slice(0, 8)
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return clean(/^[^\s"]+$/.test(text) || typeof value !== 'string' ? text : JSON.stringify(text))
}

function stackOf({ stack }: LogError): string[] {
  const lines = typeof stack === 'string' ? stack.split('\n').slice(1) : []
  return lines.map((one) => `    ${clean(one).trim()}`)
}

function clean(text: unknown): string {
  return typeof text === 'string' ? text.replace(CONTROL, ' ').trim() : ''
}
