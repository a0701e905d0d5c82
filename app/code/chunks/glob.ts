/**
 * Patterns of `.gitignore`, compared in bounded time: libraries translate them to regular expressions, with which
 * a pattern like `*a*a*a*a*b` takes hours for a long name, and both pattern and name come from a repository.
 */

type Sign =
  | string
  | { isNegated: boolean; ranges: [from: string, to: string][] }
  | typeof ANY
  | typeof STAR

const ANY = Symbol('?')
const STAR = Symbol('*')
const LONGEST_PATTERN = 512
const TRAILING_SPACE = /(?<!\\) $/

export interface Glob {
  /** Names between slashes; null is `**`, any number of names. */
  names: (Sign[] | null)[]
  /** True if it ends with a slash: only folders match. */
  isFolder: boolean
}

/** Reads a pattern, or returns null for one that matches nothing. */
export function readGlob(pattern: string): Glob | null {
  const isFolder = pattern.endsWith('/')
  const path = isFolder ? pattern.slice(0, -1) : pattern
  if (path === '' || pattern.length > LONGEST_PATTERN) return null
  const parts = path.replace(/^\//, '').split('/')
  // Without a slash, it matches in every folder.
  if (!path.includes('/')) parts.unshift('**')
  // What is in a folder, and not the folder.
  if (parts.at(-1) === '**') parts.push('*')
  return { names: parts.map((part) => (part === '**' ? null : readName(part))), isFolder }
}

/** Drops the spaces at the end of a line that no backslash keeps. */
export function trimPattern(line: string): string {
  let pattern = line.endsWith('\r') ? line.slice(0, -1) : line
  while (TRAILING_SPACE.test(pattern.slice(-2))) pattern = pattern.slice(0, -1)
  return pattern
}

function readName(name: string): Sign[] {
  const signs: Sign[] = []
  for (let at = 0; at < name.length; at++) {
    const sign = name[at] as string
    const end = sign === '[' ? name.indexOf(']', at + 2 + Number(name[at + 1] === '!')) : -1
    if (end !== -1) {
      signs.push(readClass(name.slice(at + 1, end)))
      at = end
    } else if (sign === '\\' && at + 1 < name.length) {
      at++
      signs.push(name[at] as string)
    } else if (sign === '*') {
      if (signs.at(-1) !== STAR) signs.push(STAR)
    } else signs.push(sign === '?' ? ANY : sign)
  }
  return signs
}

function readClass(body: string): Sign {
  const isNegated = body[0] === '!' || body[0] === '^'
  const signs = isNegated ? body.slice(1) : body
  const ranges: [string, string][] = []
  for (let at = 0; at < signs.length; at++) {
    const from = signs[at] as string
    const isRange = signs[at + 1] === '-' && at + 2 < signs.length
    ranges.push([from, isRange ? (signs[at + 2] as string) : from])
    if (isRange) at += 2
  }
  return { isNegated, ranges }
}

/** Compares the names of a path with a pattern. */
export function matches({ names }: Glob, path: string[]): boolean {
  return compare(names, path, {
    isStar: (name) => name === null,
    isSame: (name, given) => name !== null && matchesName(name, given),
  })
}

function matchesName(signs: Sign[], name: string): boolean {
  return compare(signs, name, {
    isStar: (sign) => sign === STAR,
    isSame: (sign, given) => sign === ANY || sign === given || isInClass(sign, given),
  })
}

function isInClass(sign: Sign, given: string): boolean {
  if (typeof sign !== 'object') return false
  return sign.isNegated !== sign.ranges.some(([from, to]) => from <= given && given <= to)
}

/** Goes back to the last star alone, which is enough: earlier ones need not match more than they have to. */
function compare<Sign, Given>(
  signs: Sign[],
  given: ArrayLike<Given>,
  { isStar, isSame }: { isStar(sign: Sign): boolean; isSame(sign: Sign, given: Given): boolean },
): boolean {
  let sign = 0
  let at = 0
  let star = -1
  let afterStar = 0
  while (at < given.length) {
    if (sign < signs.length && isStar(signs[sign] as Sign)) {
      star = sign++
      afterStar = at
    } else if (sign < signs.length && isSame(signs[sign] as Sign, given[at] as Given)) {
      sign++
      at++
    } else if (star !== -1) {
      sign = star + 1
      at = ++afterStar
    } else return false
  }
  while (sign < signs.length && isStar(signs[sign] as Sign)) sign++
  return sign === signs.length
}
