import { RetryableError } from '#app/config/errors.server.ts'
import { pause, type Task } from './context.ts'

/** What came; or two halves to be read apart; or what a single thing, or a broken answer, failed with. */
type Read<T, Thing> = { value: T } | { halves: [Thing[], Thing[]] } | { error: RetryableError }

/**
 * Reads many things in one call; after a second failure they are to be read in two halves, so that one
 * that GitHub cannot give is alone in the end.
 */
export async function splitOnFailure<T, Thing>(
  task: Pick<Task, 'pauseMs' | 'signal' | 'logger'>,
  things: Thing[],
  read: () => Promise<T>,
): Promise<Read<T, Thing>> {
  for (let failures = 1; ; failures++) {
    try {
      return { value: await read() }
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error
      task.logger.info({ things: things.length, kind: error.kind }, error.message)
      const tooMuch = error.kind === 'resource_limits'
      if (failures === 1 && !tooMuch) await pause(task)
      else if (things.length === 1 || error.kind === 'broken') return { error }
      else {
        const middle = Math.ceil(things.length / 2)
        return { halves: [things.slice(0, middle), things.slice(middle)] }
      }
    }
  }
}
