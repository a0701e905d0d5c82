import { RetryableError } from '#app/config/errors.server.ts'
import type { PageWidth } from '#app/ledger/payloads.ts'
import { afterResourceLimits, afterSecondFailure } from '#app/sync/window/page-width.ts'
import { pause, type Task } from './context.ts'

export interface AtWidth<T> {
  value: T
  /** The width at which the fetch succeeded. */
  width: PageWidth
  /** True if no narrowing was necessary. */
  ease: boolean
}

/**
 * Fetches a page, and narrows it when GitHub fails: immediately if GitHub reports that the page is too heavy,
 * otherwise after two failures of the same page.
 *
 * @throws the error of the narrowest page; after two failures also an error that is unrelated to the width (a
 * broken answer).
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
