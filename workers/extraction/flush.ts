import { takeFetches } from '#app/sync/window/fetch-queue.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'

/** Creates items for everything pending in the fetch queue of one kind; makes no call to GitHub. */
export async function flush({ item, payload }: Task<'flush'>): Promise<Settlement> {
  return async (tx) => [
    { state: 'done', followUps: await takeFetches(tx, item.runId, payload.of, 'all') },
  ]
}
