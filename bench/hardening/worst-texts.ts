import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** The longest text that GitHub takes. */
const LENGTH = 65_536

const random = xoroshiro128plus(12)

function draw(from: number, to: number): string {
  return String.fromCharCode(uniformInt(random, from, to))
}

function repeat(unit: string): string {
  return unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH)
}

function make(sign: (index: number) => string): string {
  let text = ''
  for (let index = 0; text.length < LENGTH; index++) text += sign(index)
  return text.slice(0, LENGTH)
}

const IDEOGRAPHS = [0x4e00, 0x9fff] as const
const LETTERS = [0x61, 0x7a] as const

/** The texts that take longest to split, for reasons of their own. */
const WORST = [
  () => repeat('\ufeff , ?'),
  () => repeat('a\n'),
  () => repeat('? ,'),
  () => repeat('?\r\n'),
  () => repeat('a.\u2028'),
  () => make(() => draw(...IDEOGRAPHS)),
  () => make((index) => (index % 33 === 32 ? ' ' : draw(...IDEOGRAPHS))),
  () => make(() => draw(...LETTERS)),
  () => make((index) => (index % 10 === 9 ? '\n' : draw(...LETTERS))),
]

/** Returns this many of the worst texts, in turn. */
export function worstTexts(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    (WORST[index % WORST.length] as () => string)(),
  )
}
