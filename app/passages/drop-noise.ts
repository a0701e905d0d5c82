import { fenceAfter } from './fences.ts'

const QUOTED = /^ {0,3}>/
// "On Tue, 3 Mar 2026 at 10:04, Ada <ada@example.com> wrote:", which mail programs break across lines.
const MAIL_START = /^ {0,3}On .{1,300}$/
const MAIL_END = /wrote:\s*$/
const MAIL_LINES = 3
const ADDRESS = /<?[^\s<>@]{1,64}@[^\s<>@]{1,200}>?/

/** A line of Markdown, marked as code or not. */
interface Line {
  text: string
  isCode: boolean
}

/**
 * Removes text that its author did not write: HTML comments (left over from templates), and quoted replies
 * if other text remains. Code is left unchanged.
 */
export function dropNoise(text: string): string {
  const lines = withoutComments(text)
  const own = withoutQuotes(lines)
  const remaining = own.some((line) => line.text.trim() !== '') ? own : lines
  return remaining.map((line) => line.text).join('\n')
}

function withoutComments(text: string): Line[] {
  const lines: Line[] = []
  let fence: string | null = null
  let offset = 0
  // Stop searching once no comment is closed any more: repeating the search for each start would take
  // quadratic time.
  let ends = text.includes('-->')
  let kept = ''
  while (offset <= text.length) {
    const newline = text.indexOf('\n', offset)
    const end = newline < 0 ? text.length : newline
    const line = text.slice(offset, end)
    const start = fence === null && ends ? commentIn(line) : -1
    if (start >= 0) {
      const close = text.indexOf('-->', offset + start + 4)
      ends = close >= 0
      if (ends) {
        kept += line.slice(0, start)
        offset = close + 3
        continue
      }
    }
    const after: string | null = kept === '' ? fenceAfter(fence, line) : fence
    lines.push({ text: kept + line, isCode: fence !== null || after !== null })
    fence = after
    kept = ''
    offset = end + 1
  }
  return lines
}

/** Returns the start of an HTML comment outside backticks, or -1. */
function commentIn(line: string): number {
  const start = line.indexOf('<!--')
  if (start < 0) return -1
  return line.slice(0, start).split('`').length % 2 === 1 ? start : -1
}

function withoutQuotes(lines: Line[]): Line[] {
  const own: Line[] = []
  let index = 0
  while (index < lines.length) {
    const mail = mailQuoteAt(lines, index)
    if (mail > index) {
      index = mail
      continue
    }
    const line = lines[index] as Line
    if (line.isCode || !QUOTED.test(line.text)) own.push(line)
    index++
  }
  return own
}

/** Returns the index of the line after a mail quote that starts here, or `index` if there is none. */
function mailQuoteAt(lines: Line[], index: number): number {
  const first = lines[index] as Line
  if (first.isCode || !MAIL_START.test(first.text)) return index
  const head = lines.slice(index, index + MAIL_LINES)
  const last = head.findIndex((line) => MAIL_END.test(line.text))
  if (last < 0 || head.slice(0, last + 1).some((line) => line.text.trim() === '')) return index
  const after = index + last + 1
  const next = lines.slice(after, after + 3).find((line) => line.text.trim() !== '')
  if (next && !next.isCode && QUOTED.test(next.text)) return after
  // Mail programs that do not mark quoted lines quote everything that follows. A person who types "On
  // Monday Ada wrote:" gives no address.
  const header = head.slice(0, last + 1).map((line) => line.text)
  return ADDRESS.test(header.join(' ')) ? lines.length : index
}
