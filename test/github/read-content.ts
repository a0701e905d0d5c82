import { graphql } from '@octokit/graphql'
import type {
  Maybe,
  PullRequest,
  PullRequestCommit,
  PullRequestReviewComment,
  PullRequestReviewThread,
  Query,
  Repository,
} from '@octokit/graphql-schema'
import { type CommitRow, type Content, describeFile, noContent } from './rows.ts'
import type { StandIn } from './stand-in.ts'

const PAGE = 'pageInfo { hasNextPage endCursor }'
const WHO = '{ __typename login }'
const SAID = `id body createdAt updatedAt authorAssociation isMinimized minimizedReason
  author ${WHO}`

const THREAD_COMMENT = `${SAID} diffHunk replyTo { id } pullRequestReview { id }`

/** The fields read from each item of a list, on the first page and on further ones. */
const ITEMS = {
  commits: `... on PullRequestCommit { commit { oid message additions deletions changedFiles
    authoredDate committedDate author { name email user ${WHO} } committer { name email user ${WHO} }
    parents(first: 2) { nodes { oid } } } }`,
  reviews: `... on PullRequestReview { ${SAID} state submittedAt commit { oid } }`,
  comments: SAID,
  reviewThreads: `... on PullRequestReviewThread { id path line diffSide isResolved isOutdated
    resolvedBy ${WHO} comments(first: 20) { ${PAGE} nodes { ${THREAD_COMMENT} } } }`,
  files: '... on PullRequestChangedFile { path additions deletions changeType }',
  closingIssuesReferences: '... on Issue { number title repository { nameWithOwner } }',
}

type List = keyof typeof ITEMS

const NESTED = (Object.keys(ITEMS) as List[])
  .map((list) => `${list}(first: 20) { ${PAGE} nodes { ${ITEMS[list]} } }`)
  .join('\n')

const PULLS = `query Pulls($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    id databaseId name nameWithOwner description url visibility isArchived isFork createdAt
    updatedAt pushedAt defaultBranchRef { name } primaryLanguage { name }
    repositoryTopics(first: 20) { nodes { topic { name } } }
    pullRequests(first: 20, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
      ${PAGE} nodes {
        id number title body url state isDraft authorAssociation createdAt updatedAt closedAt
        mergedAt baseRefName baseRefOid headRefName headRefOid additions deletions changedFiles
        reviewDecision author ${WHO} mergedBy ${WHO} mergeCommit { oid } milestone { title }
        headRepository { nameWithOwner } statusCheckRollup { state }
        labels(first: 100) { nodes { name } } assignees(first: 100) { nodes { login } }
        ${NESTED}
      } } } }`

type Reader = { client: typeof graphql; content: Content; commits: Map<string, CommitRow> }
type Connection<T> = {
  nodes?: Maybe<Maybe<T>[]>
  pageInfo: { hasNextPage: boolean; endCursor?: Maybe<string> }
}

/** Reads everything that the personal token may see, page by page, like any client of GitHub. */
export async function readContent(standIn: StandIn): Promise<Content> {
  const client = graphql.defaults({
    baseUrl: standIn.url,
    headers: { authorization: `token ${standIn.personalToken}`, 'X-GitHub-Next-Global-ID': '1' },
  })
  const content = noContent()
  for (const { owner, name } of standIn.world.repositories.values()) {
    const reader: Reader = { client, content, commits: new Map() }
    await readRepository(reader, owner.login, name)
    content.commits.push(...reader.commits.values())
  }
  return content
}

async function readRepository(reader: Reader, owner: string, name: string): Promise<void> {
  let after: string | null = null
  do {
    const answer: Query = await reader.client(PULLS, { owner, name, after })
    const repository = answer.repository as Repository
    const { nodes, pageInfo } = repository.pullRequests
    if (after === null) addRepository(reader.content, repository)
    for (const pull of nodes ?? []) if (pull) await addPull(reader, repository.id, pull)
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null
  } while (after !== null)
}

function addRepository({ repositories }: Content, given: Repository): void {
  const { nameWithOwner, defaultBranchRef, primaryLanguage, repositoryTopics, ...own } = given
  repositories.push({
    ...own,
    databaseId: own.databaseId ?? 0,
    description: own.description ?? null,
    pushedAt: own.pushedAt ?? null,
    fullName: nameWithOwner,
    defaultBranch: defaultBranchRef?.name ?? null,
    language: primaryLanguage?.name ?? null,
    topics: (repositoryTopics.nodes ?? []).flatMap((one) => one?.topic.name ?? []),
  })
}

/** Reads a list to its end: the given page, then the further pages by the id of the owner. */
async function readOn<T>(
  reader: Reader,
  owner: { id: string; __typename: string },
  list: List,
  first: Maybe<Connection<T>> | undefined,
): Promise<T[]> {
  const items: T[] = []
  let page = first
  while (page) {
    items.push(...(page.nodes ?? []).filter((node): node is T & object => node != null))
    if (!page.pageInfo.hasNextPage) break
    const fields = owner.__typename === 'PullRequest' ? ITEMS[list] : THREAD_COMMENT
    const query = `query More($id: ID!, $after: String) { node(id: $id) { ... on ${owner.__typename} {
      list: ${list}(first: 100, after: $after) { ${PAGE} nodes { ${fields} } } } } }`
    const after = page.pageInfo.endCursor
    const { node } = await reader.client<{ node: { list: Connection<T> } }>(query, {
      id: owner.id,
      after,
    })
    page = node.list
  }
  return items
}

function loginOf(actor: Maybe<{ login: string; __typename?: string }> | undefined): string | null {
  if (!actor) return null
  return actor.__typename === 'Bot' ? `${actor.login}[bot]` : actor.login
}

async function addPull(reader: Reader, repositoryId: string, pull: PullRequest): Promise<void> {
  const owner = { id: pull.id, __typename: 'PullRequest' }
  const commits = await readOn(reader, owner, 'commits', pull.commits)
  const closing = await readOn(
    reader,
    owner,
    'closingIssuesReferences',
    pull.closingIssuesReferences,
  )
  const files = await readOn(reader, owner, 'files', pull.files)
  reader.content.pullRequests.push({
    ...pull,
    repositoryId,
    author: loginOf(pull.author),
    mergedBy: loginOf(pull.mergedBy),
    closedAt: pull.closedAt ?? null,
    mergedAt: pull.mergedAt ?? null,
    mergeCommit: pull.mergeCommit?.oid ?? null,
    headRepository: pull.headRepository?.nameWithOwner ?? null,
    labels: (pull.labels?.nodes ?? []).flatMap((label) => label?.name ?? []),
    assignees: (pull.assignees.nodes ?? []).flatMap((user) => user?.login ?? []),
    milestone: pull.milestone?.title ?? null,
    closingIssues: closing.map(
      (one) => `${one.repository.nameWithOwner}#${one.number} ${one.title}`,
    ),
    reviewDecision: pull.reviewDecision ?? null,
    rollupState: pull.statusCheckRollup?.state ?? null,
    commits: commits.map((one) => one.commit.oid),
    files: files.map(describeFile),
  })
  for (const { commit } of commits) reader.commits.set(commit.oid, commitRow(repositoryId, commit))
  for (const review of await readOn(reader, owner, 'reviews', pull.reviews ?? null)) {
    const commit = review.commit?.oid ?? null
    const submittedAt = review.submittedAt ?? null
    reader.content.reviews.push({ ...review, ...below(pull, review), commit, submittedAt })
  }
  for (const comment of await readOn(reader, owner, 'comments', pull.comments)) {
    reader.content.comments.push({ ...comment, ...below(pull, comment) })
  }
  const threads = await readOn(reader, owner, 'reviewThreads', pull.reviewThreads)
  for (const thread of threads) await addThread(reader, pull, thread)
}

type Authored = Pick<PullRequestReviewComment, 'author' | 'minimizedReason'>

function below(pull: PullRequest, said: Authored) {
  const minimizedReason = said.minimizedReason ?? null
  return { pullRequestId: pull.id, author: loginOf(said.author), minimizedReason }
}

function commitRow(repositoryId: string, given: PullRequestCommit['commit']): CommitRow {
  return {
    ...given,
    repositoryId,
    authorName: given.author?.name ?? '',
    authorEmail: given.author?.email ?? '',
    author: loginOf(given.author?.user),
    committerName: given.committer?.name ?? '',
    committerEmail: given.committer?.email ?? '',
    committer: loginOf(given.committer?.user),
    parents: (given.parents.nodes ?? []).flatMap((one) => one?.oid ?? []),
  }
}

async function addThread(reader: Reader, pull: PullRequest, thread: PullRequestReviewThread) {
  const { id, path, diffSide, isResolved, isOutdated } = thread
  const line = thread.line ?? null
  const resolvedBy = loginOf(thread.resolvedBy)
  const own = { id, path, line, diffSide, isResolved, isOutdated, resolvedBy }
  reader.content.reviewThreads.push({ ...own, pullRequestId: pull.id })
  const owner = { id: thread.id, __typename: 'PullRequestReviewThread' }
  const first: Connection<PullRequestReviewComment> = thread.comments
  for (const comment of await readOn(reader, owner, 'comments', first)) {
    reader.content.reviewComments.push({
      ...comment,
      ...below(pull, comment),
      threadId: thread.id,
      reviewId: comment.pullRequestReview?.id ?? null,
      replyTo: comment.replyTo?.id ?? null,
    })
  }
}
