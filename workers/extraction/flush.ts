import { takeUnread } from '#app/sync/window/unread.ts'
import type { Settlement } from '../handlers.ts'
import type { Task } from './context.ts'

/** Makes items of what has gathered of a kind; no call to GitHub. */
export async function flush({ item, payload }: Task<'flush'>): Promise<Settlement> {
  return async (tx) => [
    { state: 'done', followUps: await takeUnread(tx, item.runId, payload.of, 'all') },
  ]
}
