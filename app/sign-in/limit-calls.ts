/** Starts a piece of work once few enough others are in progress; those that wait keep their order. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>

/** @param atOnce pieces of work in progress at the most. */
export function limitCalls(atOnce: number): Limit {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
