import { RetryableError } from '#app/config/errors.server.ts'
import type { PageWidth } from '#app/ledger/payloads.ts'
import { afterResourceLimits, afterSecondFailure } from '#app/sync/window/page-width.ts'
import { pause, type Task } from './context.ts'

export interface AtWidth<T> {
  value: T
  /** The width that it came with. */
  width: PageWidth
  /** Whether it came without a narrowing. */
  ease: boolean
}

/**
 * Fetches at a width, and narrower where GitHub gives up: at once when it says that the page was too
 * much, else when the same page has failed twice.
 *
 * @throws what the narrowest page failed with; and at the second time what has nothing to do with
 * width (a broken answer).
 */
export async function tryWidths<T>(
  task: Pick<Task, 'pauseMs' | 'signal' | 'logger'>,
  first: PageWidth,
  fetch: (width: number) => Promise<T>,
): Promise<AtWidth<T>> {
  let width = first
  for (let failures = 0; ; ) {
    try {
      return { value: await fetch(width.width), width, ease: width === first }
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error
      task.logger.info({ width: width.width, kind: error.kind }, error.message)
      failures++
      if (error.kind === 'resource_limits') {
        if (width.width === 1) throw error
        width = afterResourceLimits(width)
        failures = 0
      } else if (failures === 2) {
        if (width.width === 1 || error.kind === 'broken') throw error
        width = afterSecondFailure(width)
        failures = 0
      }
      await pause(task)
    }
  }
}
