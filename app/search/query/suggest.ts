// A longer word is not a misspelling of a known one.
const LONGEST = 40

/**
 * Returns the known word that was most likely meant. Up to a third of the letters can be wrong, missing,
 * added or swapped, or one word can be the beginning of the other.
 */
export function nearestOf<Word extends string>(typed: string, known: Iterable<Word>): Word | null {
  const word = typed.toLowerCase()
  if (word.length > LONGEST) return null
  let nearest: Word | null = null
  let least = Number.POSITIVE_INFINITY
  for (const one of known) {
    const distance = distanceOf(word, one)
    const limit = Math.max(1, Math.floor(Math.max(word.length, one.length) / 3))
    if (distance < least && (distance <= limit || isBeginning(word, one))) {
      nearest = one
      least = distance
    }
  }
  return nearest
}

function isBeginning(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return short.length >= 3 && long.startsWith(short)
}

/** Counts the letters to change, add, remove or swap with a neighbour (optimal string alignment). */
function distanceOf(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          valueAt(current, column - 1) + 1,
          valueAt(last, column) + 1,
          valueAt(last, column - 1) + (isSame ? 0 : 1),
          isSwapped ? valueAt(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforeLast = last
    last = current
  }
  return valueAt(last, to.length)
}

function valueAt(row: number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
