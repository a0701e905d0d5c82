import { z } from 'zod'
import type { Commit, PullRequest, Repository } from '../world/model.ts'
import { hashedOid, nodeId } from '../world/node-ids.ts'
import { actorNamed, takeDatabaseId, type World } from '../world/world.ts'
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
    repository.pushedAt = now
    keep(world, pull)
    return pull
  },
)

export const push = change(
  z.strictObject({ pull: pullName, message: z.string().default('Address review'), by: login }),
  (world, args) => {
    const pull = pullCalled(world, args.pull)
    const commit = makeCommit(world, pull.repository, args.message, args.by)
    commit.parentOids = pull.commits.slice(-1).map((one) => one.oid)
    pull.commits.push(commit)
    pull.headRefOid = commit.oid
    pull.rollupState = null
    pull.additions += commit.additions
    pull.deletions += commit.deletions
    const { additions, deletions } = commit
    pull.files.push({ path: `src/push-${pull.commits.length}.ts`, additions, deletions })
    pull.changedFiles = pull.files.length
    pull.repository.pushedAt = nowIn(world)
    touch(world, pull)
    return commit
  },
)

/**
 * Replaces every commit by one with the same message; threads become outdated, and reviews lose their commit.
 */
export const forcePush = change(z.strictObject({ pull: pullName, by: login }), (world, args) => {
  const pull = pullCalled(world, args.pull)
  const event = noteEvent(world, pull, 'HeadRefForcePushedEvent', args.by)
  event.beforeOid = pull.headRefOid
  for (const old of pull.commits) world.nodes.delete(old.id)
  // They would refer to commits that no answer contains any more.
  for (const review of pull.reviews) review.commitOid = null
  pull.commits = pull.commits.map((old) => makeCommit(world, pull.repository, old.message, args.by))
  pull.headRefOid = pull.commits.at(-1)?.oid ?? pull.headRefOid
  pull.files = pull.files.slice(0, 1)
  pull.changedFiles = pull.files.length
  event.afterOid = pull.headRefOid
  for (const thread of pull.threads) {
    thread.isOutdated = true
    thread.line = null
  }
  pull.rollupState = null
  pull.repository.pushedAt = nowIn(world)
  touch(world, pull)
  return pull
})
