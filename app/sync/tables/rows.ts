/** Conversion of raw records to the rows of all tables. */

import type { Queryable } from '#app/database/pool.server.ts'
import { upsert } from '#app/database/upsert.ts'
import type {
  ChangedFileNode,
  CommentNode,
  PullRequestCommitNode,
  ReviewCommentNode,
  ReviewNode,
  ReviewThreadNode,
} from '#app/github/queries/conversation.ts'
import type { Actor } from '#app/github/queries/people.ts'
import type { PullRequestNode } from '#app/github/queries/pull-requests.ts'
import { addWritten } from '#app/ledger/hourly-sums.ts'
import { indexPassages, type PassageRow } from '#app/search/write/index-passages.ts'
import type { Authored } from '#app/search/write/parts.ts'
import { updateLines } from '#app/search/write/update-passages.ts'
import type { NestedRecord } from '../records/raw-records.ts'
import { type ChangedFileRow, changedFiles, rowOfChangedFile } from './changed-files.ts'
import { type CommentRow, comments, rowOfComment } from './comments.ts'
import { type CommitRow, rowOfCommit, writeCommits } from './commits.ts'
import { type Nested, placed } from './nested.ts'
import { type UserRow, users, usersOf } from './people.ts'
import {
  findPullRequests,
  issueRepositoryOf,
  type PullRequestRow,
  pullRequests,
  rowOfPullRequest,
} from './pull-requests.ts'
import { type ReviewCommentRow, reviewComments, rowOfReviewComment } from './review-comments.ts'
import { type ReviewThreadRow, reviewThreads, rowOfReviewThread } from './review-threads.ts'
import { type ReviewRow, reviews, rowOfReview } from './reviews.ts'

export interface Rows {
  users: UserRow[]
  pullRequests: PullRequestRow[]
  commits: CommitRow[]
  reviews: ReviewRow[]
  reviewThreads: ReviewThreadRow[]
  reviewComments: ReviewCommentRow[]
  comments: CommentRow[]
  files: ChangedFileRow[]
  passages: PassageRow[]
}

/** Rows of a record whose texts are not split yet. */
export type UnsplitRows = Omit<Rows, 'passages'> & { texts: Authored[] }

function noRows(): UnsplitRows {
  return {
    users: [],
    pullRequests: [],
    commits: [],
    reviews: [],
    reviewThreads: [],
    reviewComments: [],
    comments: [],
    files: [],
    texts: [],
  }
}

/** Converts a pull request and the first pages of its lists. Texts must already be clean. */
export function rowsOfPullRequest(node: PullRequestNode, origin: Nested): UnsplitRows {
  const rows = rowsOfMain(node, origin)
  addCommits(rows, node.commits?.nodes, 0, origin)
  addReviews(rows, node.reviews?.nodes, origin)
  addThreads(rows, node.reviewThreads?.nodes, origin)
  addComments(rows, node.comments?.nodes, origin)
  addFiles(rows, node.files?.nodes, 0, origin)
  return rows
}

/** Converts a pull request without its lists. */
export function rowsOfMain(node: PullRequestNode, origin: Nested): UnsplitRows {
  const rows = noRows()
  rows.pullRequests.push(rowOfPullRequest(node, origin))
  addPeople(rows, [node.author, node.mergedBy, ...(node.assignees?.nodes ?? [])], origin)
  rows.texts.push({
    kind: 'description',
    sourceId: node.id,
    text: `${node.title}\n\n${node.body ?? ''}`,
    authorId: node.author?.id ?? null,
    url: node.url,
    createdAt: node.createdAt,
    title: node.title,
    number: node.number,
  })
  addClosingIssues(rows, node, origin)
  return rows
}

function addClosingIssues(rows: UnsplitRows, node: PullRequestNode, origin: Nested): void {
  for (const issue of node.closingIssuesReferences?.nodes ?? []) {
    // Records of earlier shapes have neither the id nor the text of an issue.
    if (!issue?.id) continue
    const { id: sourceId, title, body, author, url, createdAt } = issue
    const issueRepository = issueRepositoryOf(issue, node)
    addPeople(rows, [author], origin)
    rows.texts.push({
      ...{ kind: 'issue', sourceId, url, createdAt, issueRepository },
      text: `${title}\n\n${body ?? ''}`,
      authorId: author?.id ?? null,
    })
  }
}

/** Converts a further page of one of the lists. */
export function rowsOfNested(record: NestedRecord, origin: Nested): UnsplitRows {
  const rows = noRows()
  switch (record.type) {
    case 'commits':
      addCommits(rows, record.nodes, record.offset, origin)
      break
    case 'reviews':
      addReviews(rows, record.nodes, origin)
      break
    case 'comments':
      addComments(rows, record.nodes, origin)
      break
    case 'review_threads':
      addThreads(rows, record.nodes, origin)
      break
    case 'files':
      addFiles(rows, record.nodes, record.offset, origin)
      break
    case 'review_comments':
      for (const { id, comments } of record.threads) addReviewComments(rows, comments, id, origin)
  }
  return rows
}

const NEVER_FOUND = new Set(['spam', 'abuse'])

type Nodes<Node> = (Node | null)[] | null | undefined

function addCommits(
  rows: UnsplitRows,
  nodes: Nodes<PullRequestCommitNode>,
  offset: number,
  origin: Nested,
): void {
  for (const [index, node] of (nodes ?? []).entries()) {
    if (!node) continue
    const row = rowOfCommit(node, offset + index, origin)
    rows.commits.push(row)
    addPeople(rows, [node.commit.author?.user, node.commit.committer?.user], origin)
    const { oid: sourceId, message: text, authorId, url, committedAt: createdAt } = row
    rows.texts.push({ kind: 'commit', sourceId, text, authorId, url, createdAt })
  }
}

function addReviews(rows: UnsplitRows, nodes: Nodes<ReviewNode>, origin: Nested): void {
  for (const node of nodes ?? []) {
    if (!node) continue
    const row = rowOfReview(node, origin)
    rows.reviews.push(row)
    addPeople(rows, [node.author], origin)
    if (isSearched(row)) rows.texts.push(authoredIn('review', row))
  }
}

function addThreads(rows: UnsplitRows, nodes: Nodes<ReviewThreadNode>, origin: Nested): void {
  for (const node of nodes ?? []) {
    if (!node) continue
    rows.reviewThreads.push(rowOfReviewThread(node, origin))
    addPeople(rows, [node.resolvedBy], origin)
    addReviewComments(rows, node.comments?.nodes, node.id, origin)
  }
}

function addReviewComments(
  rows: UnsplitRows,
  nodes: Nodes<ReviewCommentNode>,
  threadId: string,
  origin: Nested,
): void {
  for (const node of nodes ?? []) {
    if (!node) continue
    const row = rowOfReviewComment(node, threadId, origin)
    rows.reviewComments.push(row)
    addPeople(rows, [node.author], origin)
    const authored = authoredIn('review_comment', row)
    authored.path = row.path
    authored.threadId = threadId
    if (isSearched(row)) rows.texts.push(authored)
  }
}

function addComments(rows: UnsplitRows, nodes: Nodes<CommentNode>, origin: Nested): void {
  for (const node of nodes ?? []) {
    if (!node) continue
    const row = rowOfComment(node, origin)
    rows.comments.push(row)
    addPeople(rows, [node.author], origin)
    if (isSearched(row)) rows.texts.push(authoredIn('comment', row))
  }
}

function addFiles(
  rows: UnsplitRows,
  nodes: Nodes<ChangedFileNode>,
  offset: number,
  origin: Nested,
): void {
  for (const [index, node] of (nodes ?? []).entries())
    if (node) rows.files.push(rowOfChangedFile(node, offset + index, origin))
}

/** Returns false for what is minimized on GitHub as spam or abuse: it is kept, but never found. */
function isSearched(row: CommentRow | ReviewRow | ReviewCommentRow): boolean {
  return !(row.isMinimized && NEVER_FOUND.has(row.minimizedReason?.toLowerCase() ?? ''))
}

function authoredIn(
  kind: Authored['kind'],
  row: CommentRow | ReviewRow | ReviewCommentRow,
): Authored {
  return {
    kind,
    sourceId: row.nodeId,
    text: row.body,
    authorId: row.authorId,
    url: row.url,
    createdAt: row.createdAt,
  }
}

function addPeople(
  rows: UnsplitRows,
  actors: (Actor | null | undefined)[],
  { readAt }: Nested,
): void {
  for (const user of usersOf(actors, readAt)) rows.users.push(user)
}

async function addSums(tx: Queryable, { passages, ...others }: Rows): Promise<void> {
  const { users: _, ...content } = others
  const [first] = Object.values(content).flatMap(([row]) => row ?? [])
  if (!first) return
  const rows = Object.values(others).reduce((sum, kind) => sum + kind.length, 0)
  await addWritten(tx, first.repositoryId, { rows, passages: passages.length })
}

export function mergeRows(all: Rows[]): Rows {
  const { texts: _, ...none } = noRows()
  const kinds = [...Object.keys(none), 'passages'] as (keyof Rows)[]
  const merged = kinds.map((kind) => [kind, all.flatMap((rows): object[] => rows[kind])])
  return Object.fromEntries(merged)
}

/**
 * Writes the rows of pull requests whose snapshots the caller has locked. Tables are always written in this
 * order, and each of them by key, so that concurrent batches wait for each other without deadlocks.
 *
 * @param nodeIds node ids of all pull requests that the rows belong to.
 * @returns the ids of the pull requests, and the node ids of those whose passages changed.
 */
export async function writeRows(
  tx: Queryable,
  rows: Rows,
  nodeIds: string[],
): Promise<{ ids: Map<string, string>; changed: Set<string> }> {
  await upsert(tx, pullRequests, rows.pullRequests)
  const found = await findPullRequests(tx, nodeIds)
  const ids = new Map([...found].map(([nodeId, { id }]) => [nodeId, id]))
  await writeCommits(tx, rows.commits, ids)
  await upsert(tx, reviews, placed(rows.reviews, ids))
  await upsert(tx, reviewThreads, placed(rows.reviewThreads, ids))
  await upsert(tx, reviewComments, placed(rows.reviewComments, ids))
  await upsert(tx, comments, placed(rows.comments, ids))
  const listed = [...found].filter(([, { isListedByGit }]) => !isListedByGit)
  await upsert(
    tx,
    changedFiles,
    placed(rows.files, new Map(listed.map(([nodeId, { id }]) => [nodeId, id]))),
  )
  const changed = await indexPassages(tx, rows.passages, ids)
  await updateLines(
    tx,
    rows.reviewThreads.map((row) => row.nodeId),
    rows.reviewComments,
  )
  // Users come last: batches share people and wait for each other's transactions from here on.
  await upsert(tx, users, rows.users)
  await addSums(tx, rows)
  return { ids, changed }
}
