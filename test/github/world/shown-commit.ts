import { type Code, changesBetween, filesOf, type GitCommit } from '../git/code.ts'
import type { Person } from '../git/objects.ts'
import { toMoment } from './clock.ts'
import type { Actor, Commit, Repository } from './model.ts'
import { nodeId } from './node-ids.ts'
import type { World } from './world.ts'

/** Returns a commit of git as the API shows it. */
export function showCommit(
  world: World,
  repository: Repository,
  code: Code,
  commit: GitCommit,
): Commit {
  const { oid, message, author, committer, parents, files } = commit
  const changes = changesBetween(code, filesOf(code, parents[0]), files)
  const sum = (field: 'additions' | 'deletions') =>
    changes.reduce((total, change) => total + change[field], 0)
  return {
    __typename: 'Commit',
    id: nodeId('Commit', repository.databaseId, oid),
    ...{ oid, message, parentOids: parents, rollupState: null, repository },
    authorName: author.name,
    authorEmail: author.email,
    authorUser: accountOf(world, author),
    authoredDate: toMoment(new Date(author.at)),
    committerName: committer.name,
    committerEmail: committer.email,
    committerUser: accountOf(world, committer),
    committedDate: toMoment(new Date(committer.at)),
    ...{ additions: sum('additions'), deletions: sum('deletions'), changedFiles: changes.length },
  }
}

/** Returns the account whose login the commit has as a name. */
function accountOf(world: World, { name }: Person): Actor | null {
  return world.actors.get(name.toLowerCase()) ?? null
}
