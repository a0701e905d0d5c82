import type { Commit, PullRequest, PullRequestHead, Repository } from '../world/model.ts'
import { hashedOid, nodeId } from '../world/node-ids.ts'
import { makeRandom, type Random } from '../world/random.ts'
import { decide, endings } from './build-pull.ts'
import {
  type Cast,
  type Draft,
  momentAt,
  say,
  someone,
  write,
  writeReview,
  writeThread,
} from './generate-conversation.ts'
import { writeTitle } from './generate-text.ts'
import { type HardCase, hardBody, sizesOf } from './hard-cases.ts'

/** Generates one complete pull request; the same seed, repository and head give the same text. */
export function generatePull(
  repository: Repository,
  head: PullRequestHead,
  { cast, seed, hard }: { cast: Cast; seed: number; hard: HardCase | null },
): PullRequest {
  const random = makeRandom(seed, repository.databaseId, head.number)
  const pull = blankPull(repository, head, random)
  const draft: Draft = { pull, random, hard, cast, used: 0 }
  const sizes = sizesOf(hard, random)
  pull.author = hard === 'bot' ? random.pick(cast.bots) : someone(draft)
  pull.body = write(draft)
  pull.isDraft = hard === 'bare-draft'
  pull.head = hard === 'no-head' ? null : 'own repository'
  pull.labels = repository.labels.slice(0, sizes.labels)
  pull.closing = [...repository.issues.values()].slice(0, sizes.closing)
  pull.commits = fill(sizes.commits, (index) => writeCommit(draft, index))
  pull.headRefOid = pull.commits.at(-1)?.oid ?? pull.baseRefOid
  pull.comments = fill(sizes.comments, (index) => ({
    ...say(draft, 'IssueComment', index / sizes.comments),
    __typename: 'IssueComment' as const,
  }))
  pull.reviews = fill(sizes.reviews, (index) => writeReview(draft, index / sizes.reviews))
  pull.threads = fill(sizes.threads, (index) => writeThread(draft, index, sizes.threads))
  pull.files = fill(sizes.files, (index) => ({
    path: PATHS[index] ?? `src/part-${String(index).padStart(4, '0')}.ts`,
    additions: 1,
    deletions: 0,
  }))
  pull.changedFiles = pull.files.length
  pull.reviewDecision = decide(pull.reviews)
  const last = pull.commits.at(-1)
  if (last) last.rollupState = random.pick(['SUCCESS', 'SUCCESS', 'FAILURE', 'PENDING', null])
  pull.rollupState = last?.rollupState ?? null
  if (head.state === 'MERGED') {
    pull.mergedBy = hard === 'ghosts' ? null : random.pick(cast.people)
    pull.mergeCommitOid = hashedOid(`${pull.id} merge`)
  }
  pull.events = endings(pull)
  return pull
}

const PATHS = ['src/core/index.ts', 'README.md']

function blankPull(repository: Repository, head: PullRequestHead, random: Random): PullRequest {
  const closedAt = head.state === 'OPEN' ? null : head.updatedAt
  const [additions, deletions] = [random.between(0, 900), random.between(0, 400)]
  return {
    ...head,
    legacyId: null,
    repository,
    title: writeTitle(random),
    body: '',
    isDraft: false,
    author: null,
    authorAssociation: random.pick(['MEMBER', 'CONTRIBUTOR', 'NONE']),
    closedAt,
    mergedAt: head.state === 'MERGED' ? closedAt : null,
    mergedBy: null,
    mergeCommitOid: null,
    baseRefName: repository.defaultBranch ?? 'main',
    baseRefOid: hashedOid(`${head.id} base`),
    headRefName: `topic/${head.number}`,
    headRefOid: '',
    head: null,
    additions,
    deletions,
    changedFiles: 0,
    files: [],
    labels: [],
    assignees: [],
    milestone: random.chance(0.2) ? (repository.milestones[0] ?? null) : null,
    closing: [],
    commits: [],
    comments: [],
    reviews: [],
    threads: [],
    events: [],
    reviewDecision: null,
    rollupState: null,
    lastEditedAt: null,
    editor: null,
  }
}

function fill<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index))
}

function writeCommit(draft: Draft, index: number): Commit {
  const { pull, random, cast } = draft
  const { repository } = pull
  const oid = hashedOid(`${pull.id} ${index}`)
  const author = random.pick(cast.people)
  const committedDate = momentAt(draft, 0)
  return {
    __typename: 'Commit',
    id: nodeId('Commit', repository.databaseId, oid),
    oid,
    message: hardBody(
      draft.hard === 'longest-bodies' ? null : draft.hard,
      writeTitle(random),
      random,
    ),
    authorName: author.login,
    authorEmail: `${author.login}@example.com`,
    // Null for an address that belongs to no account.
    authorUser: random.chance(0.1) ? null : author,
    authoredDate: committedDate,
    committerName: 'GitHub',
    committerEmail: 'noreply@github.com',
    committerUser: null,
    committedDate,
    additions: random.between(0, 90),
    deletions: random.between(0, 40),
    changedFiles: random.between(1, 4),
    parentOids: [index === 0 ? pull.baseRefOid : hashedOid(`${pull.id} ${index - 1}`)],
    rollupState: null,
    repository,
  }
}
