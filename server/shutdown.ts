import type { Logger } from '#app/config/logger.server.ts'

interface Step {
  name: string
  close: () => Promise<unknown>
}

export interface Shutdown {
  /** To be done at the end, before everything that was given earlier. */
  add(name: string, close: () => Promise<unknown>): void
  /**
   * Does it all, one after the other; what fails is logged and does not keep the rest from ending.
   *
   * @returns whether all ended well, and in time.
   */
  run(): Promise<boolean>
}

/** What a process has opened, and closes in the opposite order within `limitMs`. */
export function planShutdown(logger: Logger, limitMs: number): Shutdown {
  const steps: Step[] = []
  return {
    add(name, close) {
      steps.unshift({ name, close })
    },
    async run() {
      let current = ''
      let good = true
      async function closeAll(): Promise<boolean> {
        for (const { name, close } of steps.splice(0)) {
          current = name
          try {
            await close()
          } catch (error) {
            good = false
            logger.error({ err: error, part: name }, 'a component failed to close')
          }
        }
        return good
      }
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => {
          logger.error({ part: current }, `not closed within ${limitMs / 1_000} s: giving up`)
          resolve(false)
        }, limitMs)
      })
      const ended = await Promise.race([closeAll(), late])
      clearTimeout(timer)
      return ended
    },
  }
}

/** Resolves when the signal is given. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
