import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import { addCommit, type Code, changeFiles, commitOf, tipOf } from '../git/code.ts'
import { rebaseCommits } from '../git/merge-commits.ts'
import type { Commit, PullRequest, Repository } from '../world/model.ts'
import { hashedOid, nodeId } from '../world/node-ids.ts'
import { actorNamed, takeDatabaseId, type World } from '../world/world.ts'
import { commitOnto, fileChanges, moveHead, personCalled, someFile } from './branches.ts'
import {
  change,
  keep,
  nowIn,
  pullCalled,
  pullName,
  repositoryCalled,
  repositoryName,
  touch,
} from './change.ts'
import { noteEvent } from './note-event.ts'

const login = z.string().default('stand-in-author')

function makeCommit(world: World, repository: Repository, message: string, by: string): Commit {
  const oid = hashedOid(`${repository.id} ${takeDatabaseId(world)}`)
  const user = actorNamed(world, by)
  const now = nowIn(world)
  return {
    __typename: 'Commit',
    id: nodeId('Commit', repository.databaseId, oid),
    oid,
    message,
    authorName: user.login,
    authorEmail: `${user.login}@example.com`,
    authorUser: user,
    authoredDate: now,
    committerName: user.login,
    committerEmail: `${user.login}@example.com`,
    committerUser: user,
    committedDate: now,
    additions: 3,
    deletions: 1,
    changedFiles: 1,
    parentOids: [],
    rollupState: null,
    repository,
  }
}

export const openPull = change(
  z.strictObject({
    repository: repositoryName,
    title: z.string(),
    body: z.string().default(''),
    author: login,
    /** What it changes, where the repository has code. */
    files: fileChanges.optional(),
  }),
  (world, args): PullRequest => {
    const repository = repositoryCalled(world, args.repository)
    const databaseId = takeDatabaseId(world)
    const now = nowIn(world)
    const first = makeCommit(world, repository, args.title, args.author)
    const pull: PullRequest = {
      __typename: 'PullRequest',
      id: nodeId('PullRequest', repository.databaseId, databaseId),
      legacyId: null,
      databaseId,
      number: Math.max(0, ...repository.pulls.keys(), ...repository.issues.keys()) + 1,
      repository,
      title: args.title,
      body: args.body,
      state: 'OPEN',
      isDraft: false,
      author: actorNamed(world, args.author),
      authorAssociation: 'CONTRIBUTOR',
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      mergedAt: null,
      mergedBy: null,
      mergeCommitOid: null,
      baseRefName: repository.defaultBranch ?? 'main',
      baseRefOid: hashedOid(`${repository.id} base`),
      headRefName: `change-${databaseId}`,
      headRefOid: first.oid,
      head: 'own repository',
      additions: first.additions,
      deletions: first.deletions,
      changedFiles: 1,
      files: [{ path: 'README.md', additions: first.additions, deletions: first.deletions }],
      labels: [],
      assignees: [],
      milestone: null,
      closing: [],
      commits: [first],
      comments: [],
      reviews: [],
      threads: [],
      events: [],
      reviewDecision: null,
      rollupState: null,
      lastEditedAt: null,
      editor: null,
    }
    const { code } = repository
    if (code) {
      const base = tipOf(code, pull.baseRefName)
      if (!base)
        throw new BadSourceError(`${args.repository} has no commits: begin with \`commit\`.`)
      const given = { message: args.title, by: args.author, files: args.files }
      moveHead(world, pull, code, commitOnto(world, code, base, given))
    }
    repository.pushedAt = now
    keep(world, pull)
    return pull
  },
)

export const push = change(
  z.strictObject({
    pull: pullName,
    message: z.string().default('Address review'),
    by: login,
    files: fileChanges.optional(),
  }),
  (world, args) => {
    const pull = pullCalled(world, args.pull)
    const { code } = pull.repository
    if (code) {
      const head = commitOf(code, pull.headRefOid)
      moveHead(world, pull, code, commitOnto(world, code, head, args))
    } else addInvented(world, pull, args)
    pull.rollupState = null
    pull.repository.pushedAt = nowIn(world)
    touch(world, pull)
    return pull.commits.at(-1) as Commit
  },
)

function addInvented(world: World, pull: PullRequest, args: { message: string; by: string }): void {
  const commit = makeCommit(world, pull.repository, args.message, args.by)
  commit.parentOids = pull.commits.slice(-1).map((one) => one.oid)
  pull.commits.push(commit)
  pull.headRefOid = commit.oid
  const { additions, deletions } = commit
  pull.additions += additions
  pull.deletions += deletions
  pull.files.push({ path: `src/push-${pull.commits.length}.ts`, additions, deletions })
  pull.changedFiles = pull.files.length
}

/**
 * Replaces every commit by one with the same message; threads become outdated, and reviews lose their commit.
 */
export const forcePush = change(
  z.strictObject({ pull: pullName, by: login, files: fileChanges.optional() }),
  (world, args) => {
    const pull = pullCalled(world, args.pull)
    const { code } = pull.repository
    const event = noteEvent(world, pull, 'HeadRefForcePushedEvent', args.by)
    event.beforeOid = pull.headRefOid
    for (const old of pull.commits) world.nodes.delete(old.id)
    // They would refer to commits that no answer contains any more.
    for (const review of pull.reviews) review.commitOid = null
    if (code) amendHead(world, pull, code, args)
    else reinvent(world, pull, args.by)
    pull.headRefOid = pull.commits.at(-1)?.oid ?? pull.headRefOid
    event.afterOid = pull.headRefOid
    for (const thread of pull.threads) {
      thread.isOutdated = true
      thread.line = null
    }
    pull.rollupState = null
    pull.repository.pushedAt = nowIn(world)
    touch(world, pull)
    return pull
  },
)

/** Makes the commits anew, with less than they changed. */
function reinvent(world: World, pull: PullRequest, by: string): void {
  pull.commits = pull.commits.map((old) => makeCommit(world, pull.repository, old.message, by))
  pull.files = pull.files.slice(0, 1)
  pull.changedFiles = pull.files.length
}

/** Makes the commits anew, the last one with other files. */
function amendHead(
  world: World,
  pull: PullRequest,
  code: Code,
  args: z.infer<typeof forcePush.format>,
): void {
  const commits = pull.commits.map((one) => commitOf(code, one.oid))
  const last = commits.pop()
  const start = commits[0]?.parents[0] ?? last?.parents[0]
  if (!last || start === undefined) return
  const committer = personCalled(world, args.by)
  const before = rebaseCommits(code, commits, start, committer)
  const files = changeFiles(code, last.files, args.files ?? someFile(world, last.message))
  const parents = [before?.oid ?? start]
  moveHead(world, pull, code, addCommit(code, { ...last, files, parents, committer }))
}
