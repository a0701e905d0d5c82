import { addSeconds } from '../world/clock.ts'
import type { Actor, PullRequest, Review, ReviewState, Thread } from '../world/model.ts'
import { type NodeKind, nodeId } from '../world/node-ids.ts'
import type { Random } from '../world/random.ts'
import { writePath, writeText } from './generate-text.ts'
import { type HardCase, hardBody, threadLength } from './hard-cases.ts'

export type Cast = { people: Actor[]; bots: Actor[] }

/** A pull request while it is generated; `used` counts the ids assigned below it. */
export type Draft = {
  pull: PullRequest
  random: Random
  hard: HardCase | null
  cast: Cast
  used: number
}

export function someone({ random, hard, cast }: Draft): Actor | null {
  if (hard === 'ghosts' || random.chance(0.02)) return null
  return random.chance(0.05) ? random.pick(cast.bots) : random.pick(cast.people)
}

export function write({ random, hard }: Draft): string {
  return hardBody(hard, writeText(random, random.between(1, 4)), random)
}

/** Returns the time at `share` of the way from the opening to the last activity. */
export function momentAt({ pull }: Draft, share: number): string {
  const span = (Date.parse(pull.updatedAt) - Date.parse(pull.createdAt)) / 1000
  return addSeconds(pull.createdAt, Math.floor(span * share))
}

function nextId(draft: Draft, kind: NodeKind) {
  draft.used += 1
  const databaseId = draft.pull.databaseId + draft.used
  const id = nodeId(kind, draft.pull.repository.databaseId, databaseId)
  return { id, databaseId, legacyId: null }
}

export function say(draft: Draft, kind: NodeKind, share: number) {
  const createdAt = momentAt(draft, share)
  return {
    ...nextId(draft, kind),
    author: someone(draft),
    authorAssociation: 'MEMBER' as const,
    body: write(draft),
    createdAt,
    updatedAt: createdAt,
    lastEditedAt: null,
    editor: null,
    pullRequest: draft.pull,
  }
}

const OPINIONS = ['COMMENTED', 'COMMENTED', 'APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'] as const

export function writeReview(draft: Draft, share: number): Review {
  const { pull, random, hard } = draft
  const said = say(draft, 'PullRequestReview', share)
  const state: ReviewState = random.pick(OPINIONS)
  const commitOid = hard === 'no-commit-no-line' ? null : (pull.commits[0]?.oid ?? null)
  return {
    ...said,
    body: random.chance(0.5) ? '' : said.body,
    __typename: 'PullRequestReview',
    state,
    submittedAt: said.createdAt,
    commitOid,
  }
}

export function writeThread(draft: Draft, index: number, count: number): Thread {
  const { pull, random, hard } = draft
  const isOutdated = hard === 'no-commit-no-line' || random.chance(0.2)
  const line = random.between(1, 400)
  const { id, databaseId } = nextId(draft, 'PullRequestReviewThread')
  const isResolved = random.chance(0.5)
  const thread: Thread = {
    __typename: 'PullRequestReviewThread',
    id,
    databaseId,
    path: writePath(random),
    line: isOutdated ? null : line,
    originalLine: line,
    startLine: null,
    diffSide: random.chance(0.1) ? 'LEFT' : 'RIGHT',
    isResolved,
    resolvedBy: isResolved ? random.pick(draft.cast.people) : null,
    isOutdated,
    comments: [],
    pullRequest: pull,
  }
  const review = pull.reviews[index % Math.max(1, pull.reviews.length)] ?? null
  for (let said = threadLength(hard, index, random); said > 0; said -= 1) {
    thread.comments.push({
      ...say(draft, 'PullRequestReviewComment', index / count),
      __typename: 'PullRequestReviewComment',
      thread,
      review: thread.comments.length === 0 ? review : null,
      replyTo: thread.comments[0] ?? null,
      diffHunk: `@@ -${line},2 +${line},3 @@\n-old\n+new`,
    })
  }
  return thread
}
