import type { Random } from '../world/random.ts'

/** The property that makes a generated pull request hard to copy. */
export type HardCase =
  | 'crowded'
  | 'ghosts'
  | 'bot'
  | 'no-head'
  | 'empty-bodies'
  | 'longest-bodies'
  | 'nul-bodies'
  | 'surrogate-bodies'
  | 'no-commit-no-line'
  | 'many-closing'
  | 'no-commits'
  | 'bare-draft'
  | 'many-labels'
  | 'markup-bodies'

const HARD_CASES = [
  'crowded',
  'ghosts',
  'bot',
  'no-head',
  'empty-bodies',
  'longest-bodies',
  'nul-bodies',
  'surrogate-bodies',
  'no-commit-no-line',
  'many-closing',
  'no-commits',
  'bare-draft',
  'many-labels',
  'markup-bodies',
] as const satisfies HardCase[]

const EVERY = 97

/** The first pull requests have one hard case each; later ones repeat all but the crowded one. */
export function hardCaseOf(number: number): HardCase | null {
  const first = HARD_CASES[number - 1]
  if (first) return first
  return number % EVERY === 0
    ? (HARD_CASES[1 + ((number / EVERY) % (HARD_CASES.length - 1))] ?? null)
    : null
}

const LONGEST = 65_536

export function hardBody(hard: HardCase | null, plain: string, random: Random): string {
  switch (hard) {
    case 'empty-bodies':
      return ''
    case 'longest-bodies':
      return `${plain}\n`.repeat(Math.ceil(LONGEST / (plain.length + 1))).slice(0, LONGEST)
    case 'nul-bodies':
      return `${plain.slice(0, 8)}\u0000${plain.slice(8)}\u0000`
    case 'surrogate-bodies':
      // The two halves of a split emoji, and an intact one that must stay.
      return `\udc4d ${plain} \ud83d and \u{1f44d} \ud83d`
    case 'markup-bodies':
      return `<!-- Describe your change -->\r\n| a | b |\r\n|---|---|\r\n| ${random.between(1, 9)} | \u{1f680} |\r\n\r\n<details>${plain}</details>`
    default:
      return plain
  }
}

/** Sizes of the lists of a pull request. */
export type Sizes = {
  commits: number
  reviews: number
  comments: number
  threads: number
  labels: number
  closing: number
  files: number
}

export function sizesOf(hard: HardCase | null, random: Random): Sizes {
  const usual: Sizes = {
    commits: random.between(1, 6),
    reviews: random.between(0, 4),
    comments: random.between(0, 4),
    threads: random.between(0, 3),
    labels: random.between(0, 2),
    closing: random.chance(0.2) ? 1 : 0,
    files: 2,
  }
  switch (hard) {
    case 'crowded':
      return {
        ...{ commits: 130, reviews: 120, comments: 140, threads: 155 },
        ...{ labels: 3, closing: 2, files: 230 },
      }
    case 'many-closing':
      return { ...usual, closing: 105 }
    case 'many-labels':
      return { ...usual, labels: 100 }
    case 'no-commits':
      return { ...usual, commits: 0 }
    case 'no-commit-no-line':
      return { ...usual, reviews: 3, threads: 3 }
    case 'bare-draft':
      return { commits: 1, reviews: 0, comments: 0, threads: 0, labels: 0, closing: 0, files: 1 }
    case null:
      return usual
    default:
      return { ...usual, reviews: 2, comments: 2, threads: 2 }
  }
}

/** Returns the number of comments; one thread of the crowded pull request has more than a page. */
export function threadLength(hard: HardCase | null, index: number, random: Random): number {
  return hard === 'crowded' && index === 40 ? 130 : random.between(1, 3)
}
