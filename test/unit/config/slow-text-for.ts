/**
 * Finds texts that a regular expression is slow on. A slow expression scans the same characters again and again, so
 * such a text repeats a part of what the expression looks for, and then does not end as it should.
 */

/** Stand for the members of character classes. */
const SIGNS = [...' a0A_\n-./:"\'`*<>[](){}#@,;=\\|~!?&+$^%éж漢\u0301\u{1f600}\u0001\ud800']
const ENDS = ['', '\u0001']
/** Repeats that grow slowly at first: some expressions take exponential time. */
const TRIED = [16, 20, 24, 28, 64, 256, 1_024, 4_096]
const LENGTH = 65_536
/** Longest part that is repeated, in atoms. */
const MOST_ATOMS = 24
/** Members of a class that are tried. */
const MOST_MEMBERS = 3

/** Time in ms at which a text is suspect: at the length that is tried, and at the full length. */
const SUSPECT = 1.5
const SLOW = 20
/** Time in ms that no busy machine explains. */
const CERTAIN = 2_000

/** The signs that one character class, escape or character matches. */
type Atom = string[]

/**
 * Looks for a text of 64 KB that an expression takes longer for. Stops at the first.
 *
 * @param limit in milliseconds.
 * @returns what such a text is like, in short; null if there is none among those that are tried.
 */
export function slowTextFor(expression: RegExp, limit: number): string | null {
  for (const text of textsFor(expression))
    if (timeOf(expression, text) > limit) return text(TRIED[0] as number)
  return null
}

type TextOf = (length: number) => string

function timeOf(expression: RegExp, text: TextOf): number {
  let ms = 0
  for (const length of TRIED) {
    ms = timed(expression, text(length))
    if (ms > SLOW) ms = Math.min(ms, timed(expression, text(length)))
    // It would take forever at the full length.
    if (ms > SLOW) return ms * (LENGTH / length)
  }
  if (ms < SUSPECT) return 0
  const long = text(LENGTH)
  ms = timed(expression, long)
  return ms > CERTAIN ? ms : Math.min(ms, timed(expression, long), timed(expression, long))
}

/** Applies the expression everywhere in a text, as `replace`, `split` and `match` do. */
function timed({ source, flags, sticky, global }: RegExp, text: string): number {
  const everywhere = new RegExp(source, sticky || global ? flags : `${flags}g`)
  // The time of the processor, which does not depend on what else the machine does.
  const before = process.cpuUsage()
  text.replace(everywhere, '')
  return process.cpuUsage(before).user / 1_000
}

function* textsFor(expression: RegExp): Generator<TextOf> {
  const seen = new Set<string>()
  for (const path of pathsOf(expression))
    for (const [before, repeated] of repeatsOf(path)) {
      const key = `${before}\0${repeated}`
      if (seen.has(key)) continue
      seen.add(key)
      for (const end of ENDS)
        yield (length) => before + repeated.repeat(Math.ceil(length / repeated.length)) + end
    }
}

/** Returns each run of a path as what is repeated, after what comes before it in the path. */
function* repeatsOf(path: Atom[]): Generator<[before: string, repeated: string]> {
  const first = path.map(([sign = '']) => sign)
  for (let start = 0; start < path.length; start++) {
    const before = first.slice(0, start).join('')
    for (const sign of path[start] ?? []) yield [before, sign]
    const most = Math.min(path.length, start + MOST_ATOMS)
    for (let end = start + 2; end <= most; end++) yield [before, first.slice(start, end).join('')]
  }
}

const PIECE =
  /\[(?:\\[\s\S]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[\da-f]{4}|\\x[\da-f]{2}|\(\?(?:<?[=!]|:|<\w+>)|\{\d*,?\d*\}|\\?[\s\S]/gi

/** Returns ways through an expression, each with one alternative of a group that is not the first. */
function pathsOf({ source, flags }: RegExp): Atom[][] {
  const pieces = source.match(PIECE) ?? []
  let at = 0
  function alternatives(): Atom[][] {
    const all: Atom[][] = []
    do all.push(...sequence())
    while (pieces[at++] === '|')
    return all
  }
  function sequence(): Atom[][] {
    const items: Atom[][][] = []
    while (at < pieces.length && pieces[at] !== '|' && pieces[at] !== ')') {
      const piece = pieces[at++] as string
      items.push(/^\((\?|$)/.test(piece) ? alternatives() : [atomsOf(piece, flags)])
    }
    return combined(items)
  }
  return alternatives()
}

function combined(items: Atom[][][]): Atom[][] {
  const first = items.map(([path = []]) => path)
  const others = items.flatMap((paths, index) =>
    paths.slice(1).map((path) => first.toSpliced(index, 1, path)),
  )
  return [first, ...others].map((path) => path.flat())
}

function atomsOf(piece: string, flags: string): Atom[] {
  // Quantifiers, anchors and references to groups match nothing of their own.
  if (/^([*+?^$]|\{.*\}|\\[bB1-9])$/.test(piece)) return []
  const one = new RegExp(`^(?:${piece})$`, flags.replace(/[gy]/g, ''))
  const members = SIGNS.filter((sign) => one.test(sign)).slice(0, MOST_MEMBERS)
  return [members.length > 0 ? members : [characterOf(piece)]]
}

/** Returns the character that an escape or a class begins with. */
function characterOf(piece: string): string {
  const [, code] = /\\[ux]\{?([\da-f]+)/i.exec(piece) ?? []
  if (code) return String.fromCodePoint(Number.parseInt(code, 16))
  return piece.replace(/^\[?\\?/, '').charAt(0) || piece
}
