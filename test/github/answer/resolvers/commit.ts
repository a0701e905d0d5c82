import { commitOf } from '../../git/code.ts'
import { lacks } from '../../world/access.ts'
import { checksOf } from '../../world/checks.ts'
import type {
  Actor,
  Check,
  Commit,
  PullRequest,
  Repository,
  StatusState,
} from '../../world/model.ts'
import { hashedDatabaseId, nodeId } from '../../world/node-ids.ts'
import { showCommit } from '../../world/shown-commit.ts'
import { fullName, type World } from '../../world/world.ts'
import type { PageArgs } from '../paging.ts'
import { connectInOrder, type Resolvers } from '../resolution.ts'
import { asUser } from './as-user.ts'
import { demand, notAccessible } from './query.ts'

export const commit: Resolvers<Commit> = {
  abbreviatedOid: (source) => source.oid.slice(0, 7),
  messageHeadline: (source) => source.message.split('\n', 1)[0] ?? '',
  messageBody: (source) => source.message.split('\n').slice(1).join('\n').trim(),
  author: (source) => ({
    name: source.authorName,
    email: source.authorEmail,
    date: source.authoredDate,
    user: source.authorUser,
  }),
  committer: (source) => ({
    name: source.committerName,
    email: source.committerEmail,
    date: source.committedDate,
    user: source.committerUser,
  }),
  authoredByCommitter: (source) => source.authorEmail === source.committerEmail,
  committedViaWeb: () => false,
  changedFilesIfAvailable: (source) => source.changedFiles,
  parents: (source, args: PageArgs, reading) =>
    connectInOrder(source.parentOids, args, reading, (oid) => bareCommit(source.repository, oid)),
  statusCheckRollup: (source, _, reading) => {
    demand(reading, 'checks', 'statuses')
    return rollupOf(source.rollupState, source, source.repository)
  },
  url: (source, _, { webUrl }) => `${webUrl}/${fullName(source.repository)}/commit/${source.oid}`,
  commitUrl: (source, _, { webUrl }) =>
    `${webUrl}/${fullName(source.repository)}/commit/${source.oid}`,
  resourcePath: (source) => `/${fullName(source.repository)}/commit/${source.oid}`,
}

export const gitActor: Resolvers<{ name: string; user: Actor | null }> = {
  avatarUrl: (_, __, { webUrl }) => `${webUrl}/identicons/git.png`,
  user: ({ user }) => asUser(user),
}

export const statusCheckRollup: Resolvers<{ commit: Commit }> = {
  contexts: ({ commit: of }, args: PageArgs, reading) => {
    const shown = reading.show('checks', checksOf(of))
    return connectInOrder(shown, args, reading, (check) => {
      const permission = check.__typename === 'CheckRun' ? 'checks' : 'statuses'
      return lacks(reading.identity, permission) ? notAccessible() : check
    })
  },
}

export const checkRun: Resolvers<Extract<Check, { __typename: 'CheckRun' }>> = {
  detailsUrl: ({ page }, _, { webUrl }) => `${webUrl}${page}`,
  checkSuite: ({ app }) => ({
    __typename: 'CheckSuite',
    app: app === null ? null : { __typename: 'App', name: app },
  }),
}

export const statusContext: Resolvers<Extract<Check, { __typename: 'StatusContext' }>> = {
  targetUrl: ({ page }, _, { webUrl }) => `${webUrl}${page}`,
}

export function rollupOf(state: StatusState | null, of: Commit | null, repository: Repository) {
  if (state === null || of === null) return null
  const id = nodeId('StatusCheckRollup', repository.databaseId, hashedDatabaseId(of.oid))
  return { __typename: 'StatusCheckRollup', id, state, commit: of }
}

/** Returns the merge commit, of a repository without code with its oid only. */
export function mergeCommitOf(pull: PullRequest, world: World): Commit | null {
  if (pull.mergeCommitOid === null) return null
  const { code } = pull.repository
  if (code) return showCommit(world, pull.repository, code, commitOf(code, pull.mergeCommitOid))
  return {
    ...bareCommit(pull.repository, pull.mergeCommitOid),
    message: `Merge pull request #${pull.number}\n\n${pull.title}`,
    committedDate: pull.mergedAt ?? pull.updatedAt,
    authoredDate: pull.mergedAt ?? pull.updatedAt,
    authorUser: pull.mergedBy,
  }
}

function bareCommit(repository: Repository, oid: string): Commit {
  return {
    __typename: 'Commit',
    id: nodeId('Commit', repository.databaseId, oid),
    oid,
    message: '',
    authorName: '',
    authorEmail: '',
    authorUser: null,
    authoredDate: repository.createdAt,
    committerName: '',
    committerEmail: '',
    committerUser: null,
    committedDate: repository.createdAt,
    additions: 0,
    deletions: 0,
    changedFiles: 0,
    parentOids: [],
    rollupState: null,
    repository,
  }
}
