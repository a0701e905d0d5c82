/**
 * Extraction: GitHub → raw records. A page is committed as raw records and transform items together with
 * the item of the next page, whose cursor is the checkpoint.
 */
import type { PullRequestPayload, RepositoryPayload } from '#app/sync/window/item-payloads.ts'
import type { Handler, Handlers, Settlement } from '../handlers.ts'
import type { Extraction, Task } from './context.ts'
import { flush } from './flush.ts'
import { listAccount, listGranted, readNamed } from './list-repositories.ts'
import { probeRepositories } from './probe-repositories.ts'
import { readNested, readThreadPage } from './read-nested.ts'
import { readPage } from './read-page.ts'
import { readPullRequests } from './read-pull-requests.ts'
import { readTail } from './read-tail.ts'
import { readThreads } from './read-threads.ts'

type Extracting =
  | 'github_repositories/extraction'
  | 'github_prs_commits_reviews_comments/extraction'

export function extractionHandlers(extraction: Extraction): Pick<Handlers, Extracting> {
  return {
    'github_repositories/extraction': handlerOf(extraction, extractRepositories),
    'github_prs_commits_reviews_comments/extraction': handlerOf(extraction, extractPullRequests),
  }
}

function extractRepositories(task: Task<RepositoryPayload>): Promise<Settlement> {
  const { payload } = task
  switch (payload.kind) {
    case 'granted':
      return listGranted({ ...task, payload })
    case 'account':
      return listAccount({ ...task, payload })
    case 'named':
      return readNamed({ ...task, payload })
    case 'read repository':
      return probeRepositories({ ...task, payload })
    case 'flush':
      return flush({ ...task, payload })
  }
}

function extractPullRequests(task: Task<PullRequestPayload>): Promise<Settlement> {
  const { payload } = task
  switch (payload.kind) {
    case 'page':
      return readPage({ ...task, payload })
    case 'nested':
      return readNested({ ...task, payload })
    case 'thread':
      return readThreadPage({ ...task, payload })
    case 'read pull_request':
      return readPullRequests({ ...task, payload })
    case 'read thread':
      return readThreads({ ...task, payload })
    case 'read tail':
      return readTail({ ...task, payload })
    case 'flush':
      return flush({ ...task, payload })
  }
}

/** Extraction's batches are of one item each: a call to GitHub is the unit of work. */
function handlerOf<Payload>(
  extraction: Extraction,
  extract: (task: Task<Payload>) => Promise<Settlement>,
): Handler {
  return async (items, { logger, signal }) => {
    const [item] = items
    if (!item || items.length > 1)
      throw new Error(`Extraction runs one item at a time, not ${items.length}`)
    const caller = { installationId: item.installationId, priority: item.priority, signal }
    return extract({
      ...extraction,
      item,
      payload: item.payload as Payload,
      caller,
      logger,
      signal,
    })
  }
}
