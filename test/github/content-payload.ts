import { isGranted } from '#test/github/world/access.ts'
import { isDraft, isThreadShownTo } from '#test/github/world/drafts.ts'
import { installationOf } from '#test/github/world/installations.ts'
import type { Actor, Commit, PullRequest, Repository } from '#test/github/world/model.ts'
import { readPull } from '#test/github/world/pulls.ts'
import { fullName, headName, type World } from '#test/github/world/world.ts'
import {
  type Content,
  describeFile,
  noContent,
  type PullRequestRow,
  type RepositoryRow,
} from './rows.ts'

export type Wanted = {
  /** Limits the content to what the installation of this account was granted. */
  account?: string
  /** Limits the content to these repositories, as `owner/name`. */
  repositories?: string[]
}

/** Returns the current content of GitHub as rows. */
export function contentPayload(world: World, webUrl: string, wanted: Wanted = {}): Content {
  const content = noContent()
  for (const repository of repositoriesIn(world, wanted)) {
    content.repositories.push(repositoryRow(repository, webUrl))
    const commits = new Map<string, Commit>()
    for (const pull of pullsOf(repository)) {
      addPull(content, pull, webUrl)
      for (const commit of pull.commits) commits.set(commit.oid, commit)
    }
    for (const commit of commits.values()) content.commits.push(commitRow(commit))
  }
  return content
}

function repositoriesIn(world: World, wanted: Wanted): Repository[] {
  const installation = wanted.account ? installationOf(world, wanted.account) : null
  const names = wanted.repositories?.map((name) => name.toLowerCase())
  return [...world.repositories.values()].filter(
    (one) =>
      (!installation || isGranted(installation, one)) &&
      (!names || names.includes(fullName(one).toLowerCase())),
  )
}

/** Yields one pull request at a time, so that generated repositories of any size can be read. */
function* pullsOf(repository: Repository): Iterable<PullRequest> {
  for (const number of repository.pulls.keys()) {
    const pull = readPull(repository, number)
    if (pull) yield pull
  }
}

function loginOf(actor: Actor | null): string | null {
  if (actor === null) return null
  return actor.__typename === 'Bot' ? `${actor.login}[bot]` : actor.login
}

function repositoryRow(one: Repository, webUrl: string): RepositoryRow {
  const { id, databaseId, name, description, visibility, isArchived, isFork } = one
  const { defaultBranch, language, topics, createdAt, updatedAt, pushedAt } = one
  const own = { id, databaseId, name, description, visibility, isArchived, isFork }
  const url = `${webUrl}/${fullName(one)}`
  const times = { createdAt, updatedAt, pushedAt }
  return { ...own, ...times, fullName: fullName(one), url, defaultBranch, language, topics }
}

function addPull(content: Content, pull: PullRequest, webUrl: string): void {
  content.pullRequests.push(pullRequestRow(pull, webUrl))
  const pullRequestId = pull.id
  for (const comment of pull.comments) content.comments.push(authoredRow(comment))
  for (const review of pull.reviews.filter((one) => !isDraft(one))) {
    const { state, submittedAt, commitOid: commit } = review
    content.reviews.push({ ...authoredRow(review), state, submittedAt, commit })
  }
  for (const thread of pull.threads.filter((one) => isThreadShownTo(null, one))) {
    const { id, path, line, diffSide, isResolved, isOutdated } = thread
    const resolvedBy = loginOf(thread.resolvedBy)
    const own = { id, path, line, diffSide, isResolved, isOutdated }
    content.reviewThreads.push({ ...own, pullRequestId, resolvedBy })
    for (const comment of thread.comments.filter((one) => !isDraft(one))) {
      content.reviewComments.push({
        ...authoredRow(comment),
        threadId: thread.id,
        reviewId: comment.review?.id ?? null,
        diffHunk: comment.diffHunk,
        replyTo: comment.replyTo?.id ?? null,
      })
    }
  }
}

function pullRequestRow(pull: PullRequest, webUrl: string): PullRequestRow {
  const { id, number, title, body, state, isDraft, authorAssociation, createdAt, updatedAt } = pull
  const { closedAt, mergedAt, baseRefName, baseRefOid, headRefName, headRefOid } = pull
  const { additions, deletions, changedFiles, reviewDecision, rollupState } = pull
  return {
    ...{ id, number, title, body, state, isDraft, authorAssociation, createdAt, updatedAt },
    ...{ closedAt, mergedAt, baseRefName, baseRefOid, headRefName, headRefOid },
    ...{ additions, deletions, changedFiles, reviewDecision },
    // GitHub takes the rollup from the last commit; without commits there is none.
    rollupState: pull.commits.length > 0 ? rollupState : null,
    repositoryId: pull.repository.id,
    url: `${webUrl}/${fullName(pull.repository)}/pull/${number}`,
    author: loginOf(pull.author),
    mergedBy: loginOf(pull.mergedBy),
    mergeCommit: pull.mergeCommitOid,
    headRepository: headName(pull),
    labels: pull.labels.map((label) => label.name),
    assignees: pull.assignees.flatMap((actor) => loginOf(actor) ?? []),
    milestone: pull.milestone?.title ?? null,
    closingIssues: pull.closing.map(
      (issue) => `${fullName(issue.repository)}#${issue.number} ${issue.title}`,
    ),
    commits: pull.commits.map((commit) => commit.oid),
    files: pull.files.map(describeFile),
  }
}

type Authored = PullRequest['comments'][number] | PullRequest['reviews'][number] | Comment
type Comment = PullRequest['threads'][number]['comments'][number]

function authoredRow(said: Authored) {
  const { id, authorAssociation, body, createdAt, updatedAt, pullRequest } = said
  const author = loginOf(said.author)
  return {
    id,
    pullRequestId: pullRequest.id,
    author,
    authorAssociation,
    body,
    isMinimized: Boolean(said.minimizedReason),
    minimizedReason: said.minimizedReason ?? null,
    createdAt,
    updatedAt,
  }
}

function commitRow(commit: Commit): Content['commits'][number] {
  const { oid, message, authorName, authorEmail, authoredDate, additions, deletions } = commit
  const { committerName, committerEmail, committedDate, changedFiles } = commit
  return {
    ...{ oid, message, authorName, authorEmail, authoredDate, additions, deletions },
    ...{ committerName, committerEmail, committedDate, changedFiles },
    repositoryId: commit.repository.id,
    author: loginOf(commit.authorUser),
    committer: loginOf(commit.committerUser),
    parents: commit.parentOids,
  }
}
