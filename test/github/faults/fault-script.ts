import { makeRandom } from '../world/random.ts'
import { type Fault, type GivenFault, parseFault } from './fault-format.ts'

/** What a call is, for a fault to tell whether it is meant. */
type Struck = { resource: 'graphql' | 'core'; identity: string; text: string }

export type FaultScript = {
  /** Adds faults to those in force; throws for one that does not exist. */
  use(...faults: GivenFault[]): void
  clear(): void
  /** The faults that strike this call, in the order in which they were added. */
  strike(call: Struck): Fault[]
  /** How often each kind has struck. */
  struck(): Record<string, number>
  seed: number
}

type Entry = { fault: Fault; index: number; met: number; hits: number }

/** The same seed and the same calls in the same order give the same faults. */
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
