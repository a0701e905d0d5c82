import { AsyncLocalStorage } from 'node:async_hooks'

/** Measures the time during which at least one call is open. */
export interface CallTimes {
  open: number
  since: number
  ms: number
}

const current = new AsyncLocalStorage<CallTimes>()

/** Runs work, and measures its calls to GitHub. */
export function timeCalls<T>(times: CallTimes, work: () => Promise<T>): Promise<T> {
  return current.run(times, work)
}

/** Makes one call, and adds its time to that of the work it belongs to. */
export async function timeCall<T>(call: () => Promise<T>): Promise<T> {
  const times = current.getStore()
  if (!times) return call()
  if (times.open++ === 0) times.since = performance.now()
  try {
    return await call()
  } finally {
    if (--times.open === 0) times.ms += performance.now() - times.since
  }
}

export function noCallTimes(): CallTimes {
  return { open: 0, since: 0, ms: 0 }
}
