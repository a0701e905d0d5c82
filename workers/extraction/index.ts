/**
 * Extraction: GitHub → raw records. A page is committed as raw records and transform items, together with the
 * work item of the next page, whose cursor is the checkpoint.
 */
import { takeFetches } from '#app/sync/window/fetch-queue.ts'
import type { Handler, Handlers, Settlement } from '../handlers.ts'
import type { Extracting, Extraction, PayloadKind, Task } from './context.ts'
import { listAccount, listGranted, readNamed } from './list-repositories.ts'
import { probeRepositories } from './probe-repositories.ts'
import { readChecks } from './read-checks.ts'
import { readNested, readThreadPage } from './read-nested.ts'
import { readPage } from './read-page.ts'
import { readPullRequests } from './read-pull-requests.ts'
import { readTail } from './read-tail.ts'
import { readQueuedThreads } from './read-threads.ts'
import { refreshPullRequest } from './refresh-pull-request.ts'

/**
 * Returns the extraction handlers. Their batches hold one item each, because the unit of work is a call to
 * GitHub.
 */
export function extractionHandlers(extraction: Extraction): Pick<Handlers, Extracting> {
  const handler: Handler<Extracting> = async (items, { logger, signal }) => {
    const [item] = items
    if (!item || items.length > 1)
      throw new Error(`Extraction runs one item at a time, not ${items.length}`)
    const { payload } = item
    const caller = { installationId: item.installationId, priority: item.priority, signal }
    const read = READERS[payload.kind] as (task: Task) => Promise<Settlement>
    return read({ ...extraction, item, payload, caller, logger, signal })
  }
  return {
    'github_repositories/extraction': handler,
    'github_prs_commits_reviews_comments/extraction': handler,
  }
}

/** Creates items for everything pending in the fetch queue of one kind; makes no call to GitHub. */
async function flush({ item, payload }: Task<'flush'>): Promise<Settlement> {
  return async (tx) => [
    { state: 'done', followUps: await takeFetches(tx, item.runId, payload.of, 'all') },
  ]
}

const READERS: { [K in PayloadKind]: (task: Task<K>) => Promise<Settlement> } = {
  granted: listGranted,
  account: listAccount,
  named: readNamed,
  'read repository': probeRepositories,
  page: readPage,
  nested: readNested,
  thread: readThreadPage,
  refresh: refreshPullRequest,
  checks: readChecks,
  'read pull_request': readPullRequests,
  'read thread': readQueuedThreads,
  'read tail': readTail,
  flush,
}
