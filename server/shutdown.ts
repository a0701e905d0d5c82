import type { Logger } from '#app/config/logger.server.ts'

interface ShutdownStep {
  name: string
  close: () => Promise<unknown>
}

export interface Shutdown {
  /** Registers a step of the shutdown. Steps run in reverse order of registration. */
  add(name: string, close: () => Promise<unknown>): void
  /**
   * Runs all steps one after the other; a failed step is logged and does not stop the others.
   *
   * @returns true if all steps succeeded in time.
   */
  run(): Promise<boolean>
}

/** Collects what a process has opened, and closes it in reverse order within `limitMs`. */
export function planShutdown(logger: Logger, limitMs: number): Shutdown {
  const steps: ShutdownStep[] = []
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

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
