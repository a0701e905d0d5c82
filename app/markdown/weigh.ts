/**
 * Decides whether a text may be parsed as Markdown. The parsers take quadratic time for some marks and
 * recurse into nested elements, so these are counted first, in passes of linear time. Real text stays far
 * below the limits.
 */

/** UTF-16 units; GitHub itself accepts 65,536. */
const LONGEST = 16_000

// This many of one kind take about 80 ms; marks of several kinds share that budget.
const LINES = 400
const MARKS: readonly (readonly [RegExp, most: number])[] = [
  [/[*_~]/g, 900],
  [/[[\]]/g, 800],
  [/`/g, 1_500],
  [/&/g, 400],
  [/\|/g, 600],
  [/</g, 500],
  [/\\/g, 12_000],
  [/:\/\/|www\.|@/gi, 900],
]

/** Limits for container markers (`> - 1.`) before the text of a line: per line, and in total. */
const DEEPEST = 12
const CONTAINERS = 600
const INDENTED = 6_000
/** Each row of a table gets as many cells as the widest delimiter row. */
const CELLS = 3_000
/** A formatting element that is left open is reopened in each block that follows. */
const REOPENED = 8_000

const CONTAINER = /^[ \t]*(?:>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))/
const DELIMITERS = /^[\s>|:+*\-\d.)]+$/
const FORMATTING = 'b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u'
const PLAIN_FORMATTING = new RegExp(`<(?:${FORMATTING})>`, 'gi')
const FORMATTING_WITH_MORE = new RegExp(`<(?:${FORMATTING})(?=[\\s/])`, 'gi')
// At most three identical elements are reopened.
const ALIKE = 3

/** Returns true if the text can be rendered in bounded time, about 100 ms. */
export function isLight(text: string): boolean {
  if (text.length > LONGEST) return false
  const lines = text.split(/\r\n?|\n/)
  return shareOf(text, lines) <= 1 && isShallow(lines) && isNarrow(lines) && reopensLittle(text)
}

function shareOf(text: string, lines: string[]): number {
  const marks = MARKS.map(([mark, most]) => countNodes(text, mark) / most)
  return marks.reduce((sum, share) => sum + share, lines.length / LINES)
}

function isShallow(lines: string[]): boolean {
  let containers = 0
  let indented = 0
  for (const line of lines) {
    const depth = depthOf(line)
    containers += depth
    indented += line.length - line.trimStart().length
    if (depth > DEEPEST || containers > CONTAINERS || indented > INDENTED) return false
  }
  return true
}

function depthOf(line: string): number {
  let rest = line
  for (let depth = 0; depth <= DEEPEST; depth++) {
    const marker = CONTAINER.exec(rest)
    if (!marker) return depth
    rest = rest.slice(marker[0].length)
  }
  return DEEPEST + 1
}

function isNarrow(lines: string[]): boolean {
  const widths = lines.map((line) => (DELIMITERS.test(line) ? countNodes(line, /\|/g) : 0))
  return (Math.max(0, ...widths) + 1) * lines.length <= CELLS
}

function reopensLittle(text: string): boolean {
  const names = new Set(text.match(PLAIN_FORMATTING)?.map((tag) => tag.toLowerCase()))
  const open = names.size * ALIKE + countNodes(text, FORMATTING_WITH_MORE)
  return open * countNodes(text, /</g) <= REOPENED
}

function countNodes(text: string, mark: RegExp): number {
  return text.match(mark)?.length ?? 0
}
