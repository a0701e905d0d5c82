import { type Code, changesBetween, diffOf } from '../git/code.ts'
import { hunkTo } from '../git/diff-lines.ts'
import type { Archive, ArchivedPull, ArchivedThread } from '../sources/archive-format.ts'
import { hashedDatabaseId, type NodeKind, nodeId } from '../world/node-ids.ts'
import {
  at,
  type DemoPull,
  type DemoRepository,
  endOf,
  lastMoment,
  ORGANISATION,
} from './demo-pulls.ts'
import { type PullHistory, writeHistory } from './write-history.ts'

const OUTSIDERS = new Set(['orla-finch', 'dmitri-vance'])

const LABELS: Record<string, string> = {
  bug: 'd73a4a',
  cleanup: 'c5def5',
  decision: '5319e7',
  dependencies: '0366d6',
  experiment: 'fbca04',
  incident: 'b60205',
  performance: '0e8a16',
  privacy: '006b75',
  reliability: '1d76db',
  accessibility: 'bfd4f2',
}

type Desk = { repository: string; databaseId: number; used: number; code: Code }

/** Composes a demo repository in the archive format, and its code. */
export function composeArchive(demo: DemoRepository): { archive: Archive; code: Code } {
  const repository = `${ORGANISATION}/${demo.name}`
  const { code, pulls } = writeHistory(demo)
  const databaseId = hashedDatabaseId(`repository ${repository}`)
  const desk: Desk = { repository, databaseId, used: 0, code }
  const closing = new Map(
    demo.pulls.flatMap((pull) => (pull.closes ?? []).map((number) => [number, endOf(pull)])),
  )
  const archive: Archive = {
    repo: repository,
    exportedAt: '2026-01-01T00:00:00Z',
    defaultBranch: 'main',
    description: demo.description,
    language: demo.language,
    topics: [...demo.topics],
    isPrivate: demo.isPrivate ?? false,
    isArchived: false,
    labels: Object.entries(LABELS).map(([name, color]) => ({ name, color, description: null })),
    milestones: demo.milestones.map((title) => ({ title, description: null })),
    issues: demo.issues.map(([number, title, author, on, body]) => ({
      ...{ number, title, author, body },
      id: idOf(desk, 'Issue'),
      createdAt: `${on}T08:00:00Z`,
      closedAt: closing.get(number) ?? null,
      state: closing.get(number) ? 'CLOSED' : 'OPEN',
    })),
    pulls: demo.pulls.map((pull) => composePull(desk, pull, pulls.get(pull.number) as PullHistory)),
  }
  return { archive, code }
}

function idOf(desk: Desk, kind: NodeKind): string {
  desk.used += 1
  const databaseId = hashedDatabaseId(`${desk.repository} ${desk.used}`)
  return nodeId(kind, desk.databaseId, databaseId)
}

function associationOf(login: string | null) {
  if (login?.endsWith('[bot]')) return 'CONTRIBUTOR'
  return login === null || OUTSIDERS.has(login) ? 'NONE' : 'MEMBER'
}

function say(pull: DemoPull, author: string | null, hours: number, body: string) {
  const moment = at(pull, hours)
  const authorAssociation = associationOf(author)
  return { author, authorAssociation, body, createdAt: moment, updatedAt: moment } as const
}

function composePull(desk: Desk, pull: DemoPull, history: PullHistory): ArchivedPull {
  const { number, title, branch, milestone = null } = pull
  const { base, merged } = history
  const head = history.commits.at(-1) ?? base
  const reviews = (pull.reviews ?? []).map(([who, hours, state, text]) => ({
    ...say(pull, who, hours, text),
    id: idOf(desk, 'PullRequestReview'),
    state,
    commit: head.oid,
  })) as ArchivedPull['reviews']
  const threads = composeThreads(desk, pull, reviews, history)
  const end = endOf(pull)
  const files = changesBetween(desk.code, base.files, head.files)
  return {
    ...say(pull, pull.by, 0, pull.body),
    ...{ number, title, milestone, reviews, threads, files, ...sizeOf(files) },
    id: idOf(desk, 'PullRequest'),
    url: `https://github.com/${desk.repository}/pull/${number}`,
    state: pull.merged ? 'MERGED' : pull.ends === 'CLOSED' ? 'CLOSED' : 'OPEN',
    isDraft: pull.ends === 'DRAFT',
    updatedAt: lastMoment(pull),
    closedAt: end,
    mergedAt: pull.merged ? end : null,
    mergedBy: pull.merged?.[0] ?? null,
    mergeCommit: merged?.commit.oid ?? null,
    assignees: [...(pull.assignees ?? [])],
    labels: [...(pull.labels ?? [])],
    closes: [...(pull.closes ?? [])],
    baseRefName: 'main',
    baseRefOid: merged?.onto ?? base.oid,
    headRefName: branch,
    headRefOid: head.oid,
    headRepository: pull.by === null ? null : desk.repository,
    commits: composeCommits(desk, pull, history),
    comments: (pull.says ?? []).map(([who, hours, text]) => ({
      ...say(pull, who, hours, text),
      id: idOf(desk, 'IssueComment'),
    })),
    rollup: pull.checks ?? (pull.merged ? 'SUCCESS' : null),
  }
}

function sizeOf(files: ArchivedPull['files']) {
  const sum = (field: 'additions' | 'deletions') =>
    files.reduce((total, file) => total + file[field], 0)
  return { additions: sum('additions'), deletions: sum('deletions'), changedFiles: files.length }
}

function composeCommits(
  desk: Desk,
  pull: DemoPull,
  { base, commits }: PullHistory,
): ArchivedPull['commits'] {
  return commits.map(({ oid, files, author, parents, message }, index) => ({
    ...{ oid, message, parents },
    authorName: author.name,
    authorEmail: author.email,
    authorLogin: pull.by,
    authoredDate: author.at,
    committedDate: author.at,
    ...sizeOf(changesBetween(desk.code, (commits[index - 1] ?? base).files, files)),
  }))
}

/**
 * Composes the threads. Every thread comment needs a review: one of the same hour, or an extra one without
 * text.
 */
function composeThreads(
  desk: Desk,
  pull: DemoPull,
  reviews: ArchivedPull['reviews'],
  history: PullHistory,
): ArchivedThread[] {
  const commit = history.commits.at(-1)?.oid ?? null
  const reviewFor = (who: string, hours: number): string => {
    const known = reviews.find((one) => one.author === who && one.createdAt === at(pull, hours))
    if (known) return known.id
    const id = idOf(desk, 'PullRequestReview')
    reviews.push({ ...say(pull, who, hours, ''), id, state: 'COMMENTED', commit })
    return id
  }
  return (pull.threads ?? []).map((thread) => {
    const place = placeOf(desk.code, history, thread)
    return {
      id: idOf(desk, 'PullRequestReviewThread'),
      path: thread.path,
      line: place.line,
      diffSide: thread.code.startsWith('-') ? 'LEFT' : 'RIGHT',
      isResolved: !thread.unresolved,
      resolvedBy: thread.unresolved ? null : pull.by,
      isOutdated: place.isOutdated,
      comments: thread.says.map(([who, hours, text]) => ({
        ...say(pull, who, hours, text),
        id: idOf(desk, 'PullRequestReviewComment'),
        reviewId: reviewFor(who, hours),
        diffHunk: place.hunk,
      })),
    }
  })
}

/** Finds the line of a thread in the diff of the latest commit that has it. */
function placeOf(
  code: Code,
  { base, commits }: PullHistory,
  thread: { path: string; code: string },
) {
  for (const commit of commits.toReversed()) {
    const steps = diffOf(code, base.files, commit.files, thread.path)
    const index = steps.findIndex(({ sign, text }) => sign + text === thread.code)
    const step = steps[index]
    if (!step) continue
    return {
      line: step.sign === '-' ? step.old : step.now,
      hunk: hunkTo(steps, index),
      isOutdated: commit !== commits.at(-1),
    }
  }
  throw new Error(`No commit has the line ${thread.code} of ${thread.path}`)
}
