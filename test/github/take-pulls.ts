import type { ReviewCommentNode } from '#app/github/queries/conversation.ts'
import { NESTED_PAGES, THREAD_PAGE, THREADS, type ThreadNode } from '#app/github/queries/nested.ts'
import { PULL_REQUEST_PAGE, type PullRequestNode } from '#app/github/queries/pull-requests.ts'
import type { Connection, GraphqlQuery } from '#app/github/queries/query.ts'
import { ask } from './ask.ts'
import type { StandIn } from './stand-in.ts'

const LISTS = {
  commits: 'commits',
  reviews: 'reviews',
  comments: 'comments',
  reviewThreads: 'review_threads',
  files: 'files',
} as const

async function query<Variables extends Record<string, unknown>, Result>(
  standIn: StandIn,
  { text }: GraphqlQuery<Variables, Result>,
  variables: Variables,
): Promise<Result> {
  const { body } = await ask(standIn, text, variables)
  if (!body.data || body.errors) throw new Error(JSON.stringify(body.errors ?? body))
  return body.data as Result
}

type PageVariables = Parameters<NonNullable<typeof PULL_REQUEST_PAGE.types>>[0]

/**
 * Reads a repository's pull requests by plain calls, with complete lists and the comments of their threads.
 */
export async function takePulls(standIn: StandIn, id: string): Promise<PullRequestNode[]> {
  const pulls: PullRequestNode[] = []
  let after: string | null = null
  do {
    const variables: PageVariables = { id, first: 21, after, commits: true }
    const page: Connection<PullRequestNode> | undefined = (
      await query(standIn, PULL_REQUEST_PAGE, variables)
    ).node?.pullRequests
    for (const pull of page?.nodes ?? []) if (pull) pulls.push(pull)
    after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after)
  for (const pull of pulls) await readOn(standIn, pull)
  await takeThreads(standIn, pulls)
  return pulls
}

async function readOn(standIn: StandIn, pull: PullRequestNode): Promise<void> {
  for (const [field, type] of Object.entries(LISTS)) {
    const list = pull[field as keyof typeof LISTS] as Connection<unknown> | null
    while (list?.pageInfo.hasNextPage) {
      const after = list.pageInfo.endCursor as string
      const { node } = await query(standIn, NESTED_PAGES[type] as GraphqlQuery<object, PageOf>, {
        id: pull.id,
        after,
      })
      list.nodes.push(...(node?.list?.nodes ?? []))
      list.pageInfo = node?.list?.pageInfo ?? { hasNextPage: false, endCursor: null }
    }
  }
}

type PageOf = { node: { list: Connection<unknown> | null } | null }

async function takeThreads(standIn: StandIn, pulls: PullRequestNode[]): Promise<void> {
  const threads = pulls.flatMap((pull) =>
    (pull.reviewThreads?.nodes ?? []).flatMap((thread) => thread ?? []),
  )
  for (let start = 0; start < threads.length; start += 149) {
    const some = threads.slice(start, start + 149)
    const ids = some.map((thread) => thread.id)
    const found = await query(standIn, THREADS, { ids: ids.slice(0, 100), more: ids.slice(100) })
    const nodes = [...found.nodes, ...found.more]
    for (const [index, thread] of some.entries())
      thread.comments = await commentsOf(standIn, nodes[index] as ThreadNode)
  }
}

async function commentsOf(
  standIn: StandIn,
  thread: ThreadNode,
): Promise<Connection<ReviewCommentNode>> {
  const list = thread.comments as Connection<ReviewCommentNode>
  while (list.pageInfo.hasNextPage) {
    const after = list.pageInfo.endCursor as string
    const { node } = await query(standIn, THREAD_PAGE, { id: thread.id, after })
    list.nodes.push(...(node?.list?.nodes ?? []))
    list.pageInfo = node?.list?.pageInfo ?? { hasNextPage: false, endCursor: null }
  }
  return list
}
