export interface Part {
  at: number
  part: string
  isMarked: boolean
}

/** Splits a text into highlighted and plain parts that together contain all of it; ignores invalid ranges. */
export function marksOf(text: string, highlights: [number, number][]): Part[] {
  const parts: Part[] = []
  let done = 0
  function add(end: number, isMarked: boolean): void {
    if (end > done) parts.push({ at: done, part: text.slice(done, end), isMarked })
    done = Math.max(done, end)
  }
  for (const [start, end] of [...highlights].sort(([a], [b]) => a - b)) {
    const last = Math.min(end, text.length)
    if (!(last > start && last > done)) continue
    add(Math.max(start, 0), false)
    add(last, true)
  }
  add(text.length, false)
  return parts
}
