import { type Sweeping, sweepDeliveries } from './sweep-deliveries.ts'
import { hastenSweep } from './sweep-state.ts'

/** Returns the task that sweeps whenever it is due; at boot and after an error of the database, at once. */
export function openSweep(sweeping: Sweeping): (signal: AbortSignal) => Promise<void> {
  let isBehind = true
  return async (signal) => {
    try {
      if (isBehind) await hastenSweep(sweeping.pool)
      isBehind = false
      await sweepDeliveries(sweeping, signal)
    } catch (error) {
      isBehind = true
      throw error
    }
  }
}
