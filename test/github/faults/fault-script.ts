import { makeRandom } from '../world/random.ts'
import { type Fault, type GivenFault, parseFault } from './fault-format.ts'

/** The properties of a call by which faults select it. */
type Struck = { resource: 'graphql' | 'core'; identity: string; text: string }

export type FaultScript = {
  /** Adds faults to the active ones; throws if one does not exist. */
  use(...faults: GivenFault[]): void
  clear(): void
  /** Returns the faults that affect this call, in the order in which they were added. */
  strike(call: Struck): Fault[]
  /** Returns the number of occurrences of each kind. */
  struck(): Record<string, number>
  seed: number
}

type Entry = { fault: Fault; index: number; met: number; hits: number }

/** Returns a fault script; the same seed and the same sequence of calls give the same faults. */
export function makeFaultScript(seed: number): FaultScript {
  let entries: Entry[] = []
  let added = 0
  const counts: Record<string, number> = {}
  return {
    seed,
    use: (...faults) => {
      for (const fault of faults.map(parseFault)) {
        entries.push({ fault, index: added, met: 0, hits: 0 })
        added += 1
      }
    },
    clear: () => {
      entries = []
    },
    strike: (call) =>
      entries.flatMap((entry) => {
        if (!strikes(entry, call, seed)) return []
        counts[entry.fault.kind] = (counts[entry.fault.kind] ?? 0) + 1
        return [entry.fault]
      }),
    struck: () => ({ ...counts }),
  }
}

function strikes(entry: Entry, call: Struck, seed: number): boolean {
  const { fault } = entry
  if (fault.resource && fault.resource !== call.resource) return false
  if (fault.identity && fault.identity !== call.identity) return false
  if (fault.matching && !call.text.includes(fault.matching)) return false
  entry.met += 1
  if (entry.met <= fault.after) return false
  if (fault.times !== undefined && entry.hits >= fault.times) return false
  if (!makeRandom(seed, entry.index, entry.met).chance(fault.rate)) return false
  entry.hits += 1
  return true
}
