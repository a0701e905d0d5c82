import type { Archive, ArchivedPull, ArchivedThread } from '../sources/archive-format.ts'
import { addSeconds } from '../world/clock.ts'
import { hashedDatabaseId, hashedOid, type NodeKind, nodeId } from '../world/node-ids.ts'

/** Author, hours after the opening, text. */
type Authored = readonly [who: string, hours: number, text: string]

type Opinion = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED'

export type DemoPull = {
  number: number
  title: string
  by: string | null
  /** Date of the opening. */
  on: string
  body: string
  branch: string
  files: readonly string[]
  /** Lines added and deleted. */
  size: readonly [number, number]
  /** Commit messages, in order. */
  commits: readonly string[]
  labels?: readonly string[]
  milestone?: string
  closes?: readonly number[]
  assignees?: readonly string[]
  says?: readonly Authored[]
  reviews?: readonly (readonly [who: string, hours: number, opinion: Opinion, text: string])[]
  /** Path, line, line of code, and comments. */
  threads?: readonly {
    path: string
    line: number
    code: string
    says: readonly Authored[]
    unresolved?: true
    outdated?: true
  }[]
  /** Merged by, and hours after the opening; if absent, see `ends`. */
  merged?: readonly [who: string, hours: number]
  ends?: 'OPEN' | 'DRAFT' | 'CLOSED'
  checks?: 'SUCCESS' | 'FAILURE' | 'PENDING'
}

export type DemoIssue = readonly [
  number: number,
  title: string,
  by: string,
  on: string,
  body: string,
]

export type DemoRepository = {
  name: string
  description: string
  language: string
  topics: readonly string[]
  isPrivate?: true
  milestones: readonly string[]
  issues: readonly DemoIssue[]
  pulls: readonly DemoPull[]
}

const ORGANISATION = 'saltmarsh'
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

type Desk = { repository: string; databaseId: number; used: number }

/** Composes a demo repository in the archive format. */
export function composeArchive(demo: DemoRepository): Archive {
  const repository = `${ORGANISATION}/${demo.name}`
  const desk: Desk = {
    repository,
    databaseId: hashedDatabaseId(`repository ${repository}`),
    used: 0,
  }
  const closing = new Map(
    demo.pulls.flatMap((pull) => (pull.closes ?? []).map((number) => [number, endOf(pull)])),
  )
  return {
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
    pulls: demo.pulls.map((pull) => composePull(desk, pull)),
  }
}

function idOf(desk: Desk, kind: NodeKind): string {
  desk.used += 1
  const databaseId = hashedDatabaseId(`${desk.repository} ${desk.used}`)
  return nodeId(kind, desk.databaseId, databaseId)
}

function at(pull: DemoPull, hours: number): string {
  return addSeconds(`${pull.on}T09:00:00Z`, Math.round(hours * 3600))
}

function endOf(pull: DemoPull): string | null {
  if (pull.merged) return at(pull, pull.merged[1])
  return pull.ends === 'CLOSED' ? at(pull, lastHour(pull) + 1) : null
}

function lastHour(pull: DemoPull): number {
  const said = [...(pull.says ?? []), ...(pull.reviews ?? [])]
  const threads = pull.threads?.flatMap((thread) => thread.says) ?? []
  return Math.max(0, ...[...said, ...threads].map(([, hours]) => hours))
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

function composePull(desk: Desk, pull: DemoPull): ArchivedPull {
  const { number, title, branch, files, size, milestone = null } = pull
  const commits = composeCommits(desk, pull)
  const headRefOid = commits.at(-1)?.oid ?? hashedOid(branch)
  const reviews = (pull.reviews ?? []).map(([who, hours, state, text]) => ({
    ...say(pull, who, hours, text),
    id: idOf(desk, 'PullRequestReview'),
    state,
    commit: headRefOid,
  })) as ArchivedPull['reviews']
  const threads = composeThreads(desk, pull, reviews, headRefOid)
  const end = endOf(pull)
  const [additions, deletions] = size
  return {
    ...say(pull, pull.by, 0, pull.body),
    ...{ number, title, milestone, additions, deletions, reviews, threads, commits, headRefOid },
    id: idOf(desk, 'PullRequest'),
    url: `https://github.com/${desk.repository}/pull/${number}`,
    state: pull.merged ? 'MERGED' : pull.ends === 'CLOSED' ? 'CLOSED' : 'OPEN',
    isDraft: pull.ends === 'DRAFT',
    updatedAt: at(pull, Math.max(lastHour(pull) + (end ? 1 : 0), pull.merged?.[1] ?? 0)),
    closedAt: end,
    mergedAt: pull.merged ? end : null,
    mergedBy: pull.merged?.[0] ?? null,
    mergeCommit: pull.merged ? hashedOid(`${desk.repository} merge ${number}`) : null,
    assignees: [...(pull.assignees ?? [])],
    labels: [...(pull.labels ?? [])],
    closes: [...(pull.closes ?? [])],
    baseRefName: 'main',
    baseRefOid: hashedOid(`${desk.repository} base ${number}`),
    headRefName: branch,
    headRepository: pull.by === null ? null : desk.repository,
    changedFiles: files.length,
    files: files.map((path, index) => ({
      path,
      additions: index === 0 ? additions : 0,
      deletions: index === 0 ? deletions : 0,
    })),
    comments: (pull.says ?? []).map(([who, hours, text]) => ({
      ...say(pull, who, hours, text),
      id: idOf(desk, 'IssueComment'),
    })),
    rollup: pull.checks ?? (pull.merged ? 'SUCCESS' : null),
  }
}

function composeCommits(desk: Desk, pull: DemoPull): ArchivedPull['commits'] {
  const name = pull.by ?? 'Leif Sørensen'
  const [additions, deletions] = pull.size
  const count = pull.commits.length
  return pull.commits.map((message, index) => ({
    oid: hashedOid(`${desk.repository} ${pull.number} ${index}`),
    authorName: name,
    authorEmail: `${name.replace(/\W+/g, '.')}@saltmarsh.example`,
    authorLogin: pull.by,
    authoredDate: at(pull, index - count),
    committedDate: at(pull, index - count),
    parents: [
      hashedOid(
        `${desk.repository} ${index === 0 ? `base ${pull.number}` : `${pull.number} ${index - 1}`}`,
      ),
    ],
    message,
    additions: Math.floor(additions / count),
    deletions: Math.floor(deletions / count),
    changedFiles: Math.min(pull.files.length, 3),
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
  commit: string,
): ArchivedThread[] {
  const reviewFor = (who: string, hours: number): string => {
    const known = reviews.find((one) => one.author === who && one.createdAt === at(pull, hours))
    if (known) return known.id
    const id = idOf(desk, 'PullRequestReview')
    reviews.push({ ...say(pull, who, hours, ''), id, state: 'COMMENTED', commit })
    return id
  }
  return (pull.threads ?? []).map((thread) => ({
    id: idOf(desk, 'PullRequestReviewThread'),
    path: thread.path,
    line: thread.line,
    diffSide: thread.code.startsWith('-') ? 'LEFT' : 'RIGHT',
    isResolved: !thread.unresolved,
    resolvedBy: thread.unresolved ? null : pull.by,
    isOutdated: thread.outdated ?? false,
    comments: thread.says.map(([who, hours, text]) => ({
      ...say(pull, who, hours, text),
      id: idOf(desk, 'PullRequestReviewComment'),
      reviewId: reviewFor(who, hours),
      diffHunk: `@@ -${thread.line},1 +${thread.line},1 @@\n${thread.code}`,
    })),
  }))
}
