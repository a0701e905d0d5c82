import type { Actor, Installation, Issue, PullRequest, Repository } from '../world/model.ts'
import { fullName } from '../world/world.ts'

/** The parts of payloads, with GitHub's names but not all of its fields. Ids of nodes have the older format. */

export function accountPart(actor: Actor) {
  return {
    login: actor.__typename === 'Bot' ? `${actor.login}[bot]` : actor.login,
    id: actor.databaseId,
    node_id: olderId('04', 'User', actor.databaseId),
    type: actor.__typename,
  }
}

export function repositoryPart(repository: Repository) {
  return {
    id: repository.databaseId,
    node_id: olderId('010', 'Repository', repository.databaseId),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.visibility !== 'PUBLIC',
    visibility: repository.visibility.toLowerCase(),
    archived: repository.isArchived,
    owner: accountPart(repository.owner),
  }
}

export function installationPart(installation: Installation) {
  return {
    id: installation.id,
    account: accountPart(installation.account),
    repository_selection: installation.selection,
    permissions: installation.permissions,
    suspended_at: installation.suspendedAt,
  }
}

export function pullPart(pull: PullRequest) {
  return {
    id: pull.databaseId,
    node_id: olderId('011', 'PullRequest', pull.databaseId),
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state === 'OPEN' ? 'open' : 'closed',
    draft: pull.isDraft,
    head: { ref: pull.headRefName, sha: pull.headRefOid },
    base: { ref: pull.baseRefName, sha: pull.baseRefOid },
    updated_at: pull.updatedAt,
  }
}

/** A pull request as the issue that it is too: its node id is another one than that of the pull request. */
export function issuePartOf(pull: PullRequest) {
  return {
    id: pull.databaseId + 1,
    node_id: olderId('05', 'Issue', pull.databaseId + 1),
    number: pull.number,
    title: pull.title,
    pull_request: {
      url: `https://api.github.com/repos/${fullName(pull.repository)}/pulls/${pull.number}`,
    },
  }
}

export function issuePart(issue: Issue) {
  return {
    id: issue.databaseId,
    node_id: olderId('05', 'Issue', issue.databaseId),
    number: issue.number,
    title: issue.title,
    body: issue.body,
  }
}

/** Returns a node id of the older format, which most payloads still have. */
function olderId(length: string, kind: string, databaseId: number): string {
  return Buffer.from(`${length}:${kind}${databaseId}`).toString('base64')
}
