/**
 * Places the borders of chunks. Each line has a cost of a border in front of it, infinite where there must be
 * none. Among all ways to cut that keep to the size, the one with the lowest sum is taken: of these costs, and of
 * 1 for each chunk, so that as few borders as possible stand where they cost least.
 */
import { type Lines, sizeOf } from './lines.ts'

/** Lines of a chunk; more only if no border is allowed among them. */
const MOST_LINES = 200
/** Cost of an empty chunk; it shrinks with the square of what is free, so that chunks are about equal. */
const EMPTY = 0.3
/** Cost of a border at a line inside something that is too large for a chunk. */
const INSIDE = 0.7

export type Costs = Float64Array

export function noBorders({ count }: Lines): Costs {
  return new Float64Array(count).fill(Number.POSITIVE_INFINITY)
}

/** Allows a border in front of a line, at the lowest cost that it is given. */
export function allowBorder(costs: Costs, line: number, cost: number): void {
  if (cost < (costs[line] ?? 0)) costs[line] = cost
}

/** Returns the first line of each chunk. @param size most characters that are not white space. */
export function placeBorders(lines: Lines, costs: Costs, size: number): number[] {
  allowInside(lines, costs, size)
  const places: number[] = [0]
  for (let line = 1; line < lines.count; line++) if (Number.isFinite(costs[line])) places.push(line)
  places.push(lines.count)
  return cheapest(lines, costs, { places, size })
}

/** Allows borders at the lines of whatever is larger than a chunk. */
function allowInside(lines: Lines, costs: Costs, size: number): void {
  let from = 0
  for (let to = 1; to <= lines.count; to++) {
    if (to < lines.count && !Number.isFinite(costs[to])) continue
    if (sizeOf(lines, from, to) > size)
      for (let line = from + 1; line < to; line++)
        if (!isBlank(lines, line)) allowBorder(costs, line, INSIDE + lineCost(lines, line) * 0.3)
    from = to
  }
}

function cheapest(
  lines: Lines,
  costs: Costs,
  { places, size }: { places: number[]; size: number },
): number[] {
  const best = new Float64Array(places.length)
  const previous = new Uint32Array(places.length)
  for (let to = 1; to < places.length; to++) {
    best[to] = Number.POSITIVE_INFINITY
    const end = places[to] as number
    for (let from = to - 1; from >= 0; from--) {
      const start = places[from] as number
      const filled = sizeOf(lines, start, end) / size
      if (from < to - 1 && (filled > 1 || end - start > MOST_LINES)) break
      const border = start === 0 ? 0 : (costs[start] as number)
      const free = Math.max(0, 1 - filled)
      const sum = (best[from] as number) + 1 + border + EMPTY * free * free
      if (sum >= (best[to] as number)) continue
      best[to] = sum
      previous[to] = from
    }
  }
  const firsts: number[] = []
  for (let to = places.length - 1; to > 0; to = previous[to] as number)
    firsts.push(places[previous[to] as number] as number)
  return firsts.reverse()
}

/** Allows a border at every line that is not blank: for text without a grammar. */
export function allowLines(lines: Lines, costs: Costs): void {
  for (let line = 1; line < lines.count; line++)
    if (!isBlank(lines, line)) allowBorder(costs, line, lineCost(lines, line))
}

/** Paragraphs and what is not indented begin something; a heading of Markdown does most of all. */
function lineCost(lines: Lines, line: number): number {
  const start = lines.starts[line] as number
  const first = lines.text.charCodeAt(start)
  const isIndented = first <= 32
  if (isBlank(lines, line - 1)) return isIndented ? 0.3 : isHeading(lines.text, start) ? 0 : 0.1
  return isIndented ? 0.7 : 0.5
}

function isHeading(text: string, start: number): boolean {
  return text[start] === '#' && /^#{1,6} /.test(text.slice(start, start + 8))
}

function isBlank(lines: Lines, line: number): boolean {
  return sizeOf(lines, line, line + 1) === 0
}
