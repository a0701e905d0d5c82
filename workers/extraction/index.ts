/**
 * Extraction: GitHub → raw records. A page is committed as raw records and transform items, together with the
 * work item of the next page, whose cursor is the checkpoint.
 */
import type { Handler, Handlers, Settlement } from '../handlers.ts'
import type { Extracting, Extraction, PayloadKind, Task } from './context.ts'
import { flush } from './flush.ts'
import { listAccount, listGranted, readNamed } from './list-repositories.ts'
import { probeRepositories } from './probe-repositories.ts'
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

const READERS: { [K in PayloadKind]: (task: Task<K>) => Promise<Settlement> } = {
  granted: listGranted,
  account: listAccount,
  named: readNamed,
  'read repository': probeRepositories,
  page: readPage,
  nested: readNested,
  thread: readThreadPage,
  refresh: refreshPullRequest,
  'read pull_request': readPullRequests,
  'read thread': readQueuedThreads,
  'read tail': readTail,
  flush,
}
