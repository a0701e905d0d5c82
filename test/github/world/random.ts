import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { hashedDatabaseId } from './node-ids.ts'

export type Random = {
  /** From 0 (inclusive) to 1 (exclusive). */
  share(): number
  /** An integer; both bounds are inclusive. */
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T
}

/** Returns a generator; the same seeds give the same numbers on every machine. */
export function makeRandom(...seeds: (string | number)[]): Random {
  const generator = xoroshiro128plus(hashedDatabaseId(seeds.join('\u0001')))
  const share = () => uniformFloat64(generator)
  return {
    share,
    between: (from, to) => uniformInt(generator, from, to),
    chance: (probability) => share() < probability,
    pick: (items) => items[uniformInt(generator, 0, items.length - 1)] as (typeof items)[number],
  }
}
