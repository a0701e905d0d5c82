import type { z } from 'zod'
import { pullCalled } from '../changes/change.ts'
import type { CHANGES } from '../changes/changes.ts'
import { isGranted } from '../world/access.ts'
import { installationOf } from '../world/installations.ts'
import type {
  Comment,
  Installation,
  Issue,
  Located,
  PullRequest,
  Repository,
  Review,
  ReviewComment,
  Thread,
} from '../world/model.ts'
import { findByName, locate, type World } from '../world/world.ts'
import type { HookEvent } from './hook-event.ts'
import {
  accountPart,
  installationPart,
  issuePart,
  issuePartOf,
  pullPart,
  repositoryPart,
} from './payload-parts.ts'

type Changes = typeof CHANGES
export type ChangeName = keyof Changes
type Args<Name extends ChangeName> = z.infer<Changes[Name]['format']>
type Result<Name extends ChangeName> = ReturnType<Changes[Name]['apply']>

/** What a change is told as: GitHub tells nothing of the changes that are not listed. */
type Telling = {
  [Name in ChangeName]?: (world: World, args: Args<Name>, result: Result<Name>) => HookEvent[]
}

/** The events of changes after which their objects no longer exist: told by the world before the change. */
const BEFORE: { [Name in ChangeName]?: (world: World, args: Args<Name>) => HookEvent[] } = {
  deleteComment: (world, { id }) => ofWords(world, located(world, id), 'deleted'),
  deleteRepository: (world, args) =>
    ofRepository(world, args.repository, (one) => [
      inRepository(world, one, 'repository.deleted'),
      ...ofGrant(world, one, 'removed'),
    ]),
  revokeAccess: (world, args) =>
    ofRepository(world, args.repository, (one) => ofGrant(world, one, 'removed')),
  deleteLabel: (world, args) =>
    ofRepository(world, args.repository, (one) => [
      inRepository(world, one, 'label.deleted', { label: { name: args.label } }),
    ]),
  uninstall: (world, { account }) => [ofInstallation(installationOf(world, account), 'deleted')],
}

const AFTER: Telling = {
  comment: (world, _, made) => ofWords(world, made, 'created'),
  review: (world, _, made) => ofReview(world, made),
  submitReview: (world, _, made) => ofReview(world, made),
  reply: (world, _, made) => ofWords(world, made, 'created'),
  edit: (world, _, record) => ofWords(world, record, 'edited'),
  resolveThread: (world, _, thread) => [ofThread(world, thread, 'resolved')],
  unresolveThread: (world, _, thread) => [ofThread(world, thread, 'unresolved')],
  openIssue: (world, _, issue) => [ofIssue(world, issue, 'opened')],
  openPull: (world, _, pull) => [ofPull(world, pull, 'opened'), ofHead(world, pull, null)],
  editPull: (world, _, pull) => [ofPull(world, pull, 'edited')],
  push: (world, { pull: name }, { parentOids }) =>
    ofNewHead(world, pullCalled(world, name), parentOids[0] ?? null),
  forcePush: (world, _, pull) => ofNewHead(world, pull, pull.events.at(-1)?.beforeOid ?? null),
  commit: (world, _, { oid, ...pushed }) => [ofPush(world, { ...pushed, after: oid })],
  deleteBranch: (world, _, pushed) => [ofPush(world, { ...pushed, after: null })],
  merge: (world, _, pull) => [
    ofPull(world, pull, 'closed'),
    ofPush(world, {
      ...{ repository: pull.repository, branch: pull.baseRefName, before: pull.baseRefOid },
      after: pull.mergeCommitOid,
    }),
  ],
  close: (world, _, pull) => [ofPull(world, pull, 'closed')],
  reopen: (world, _, pull) => [ofPull(world, pull, 'reopened')],
  finishChecks: (world, _, pull) => ofChecks(world, pull),
  setCheck: (world, { name, state = 'SUCCESS' }, pull) => [ofCheck(world, pull, { name, state })],
  editLabel: (world, _, { label, before }) => [
    inRepository(world, label.repository, 'label.edited', {
      label: { name: label.name, color: label.color },
      changes: before === label.name ? { color: { from: '' } } : { name: { from: before } },
    }),
  ],
  editMilestone: (world, args, { milestone, before }) =>
    ofRepository(world, args.repository, (one) => [
      inRepository(world, one, 'milestone.edited', {
        milestone: { number: milestone.number, title: milestone.title },
        changes: { title: { from: before } },
      }),
    ]),
  rename: (world, _, one) => [inRepository(world, one, 'repository.renamed')],
  transfer: (world, _, one) => [inRepository(world, one, 'repository.transferred')],
  createRepository: (world, _, one) => [
    inRepository(world, one, 'repository.created'),
    ...ofGrant(world, one, 'added'),
  ],
  editRepository: (world, args, one) => ofEdit(world, args, one),
  grantAccess: (world, args) =>
    ofRepository(world, args.repository, (one) => ofGrant(world, one, 'added')),
  suspend: (world, { account }) => [ofInstallation(installationOf(world, account), 'suspend')],
  unsuspend: (world, { account }) => [ofInstallation(installationOf(world, account), 'unsuspend')],
  install: (world, { account }) => [ofInstallation(installationOf(world, account), 'created')],
  setPermission: (world, { account }) => [
    ofInstallation(installationOf(world, account), 'new_permissions_accepted'),
  ],
}

export function eventsBefore<Name extends ChangeName>(
  world: World,
  name: Name,
  args: Args<Name>,
): HookEvent[] {
  return BEFORE[name]?.(world, args) ?? []
}

export function eventsAfter<Name extends ChangeName>(
  world: World,
  name: Name,
  args: Args<Name>,
  result: Result<Name>,
): HookEvent[] {
  return AFTER[name]?.(world, args, result) ?? []
}

function located(world: World, id: string): Located {
  return locate(world, id) as Located
}

function ofRepository(
  world: World,
  name: string,
  tell: (repository: Repository) => HookEvent[],
): HookEvent[] {
  const [owner = '', own = ''] = name.split('/')
  const repository = findByName(world, owner, own)
  return repository ? tell(repository) : []
}

/**
 * Returns the event with the fields that every payload about a repository has.
 *
 * @param name `event.action`, or `event` for those without an action.
 */
function inRepository(
  world: World,
  repository: Repository,
  name: string,
  more: object = {},
): HookEvent {
  const [event = '', action = null] = name.split('.')
  const installation =
    [...world.installations.values()].find(
      (one) => isGranted(one, repository) && one.suspendedAt === null,
    ) ?? null
  return {
    ...{ event, action, installation, repository },
    payload: {
      ...(action && { action }),
      ...more,
      repository: repositoryPart(repository),
      ...(installation && { installation: { id: installation.id } }),
      sender: accountPart(repository.owner),
    },
  }
}

function ofPull(world: World, pull: PullRequest, action: string): HookEvent {
  return inRepository(world, pull.repository, `pull_request.${action}`, {
    number: pull.number,
    pull_request: pullPart(pull),
  })
}

interface Pushed {
  repository: Repository
  branch: string
  /** Null for a branch that begins, and for one that ends. */
  before: string | null
  after: string | null
}

const NO_COMMIT = '0'.repeat(40)

function ofPush(world: World, { repository, branch, before, after }: Pushed): HookEvent {
  return inRepository(world, repository, 'push', {
    ref: `refs/heads/${branch}`,
    before: before ?? NO_COMMIT,
    after: after ?? NO_COMMIT,
    created: before === null,
    deleted: after === null,
  })
}

function ofHead(world: World, pull: PullRequest, before: string | null): HookEvent {
  const { repository, headRefName: branch, headRefOid: after } = pull
  return ofPush(world, { repository, branch, before, after })
}

function ofNewHead(world: World, pull: PullRequest, before: string | null): HookEvent[] {
  return [ofPull(world, pull, 'synchronize'), ofHead(world, pull, before)]
}

function ofChecks(world: World, pull: PullRequest): HookEvent[] {
  const check = { id: pull.databaseId, head_sha: pull.headRefOid, status: 'completed' }
  return [
    inRepository(world, pull.repository, 'check_run.completed', { check_run: check }),
    inRepository(world, pull.repository, 'check_suite.completed', { check_suite: check }),
  ]
}

function ofCheck(
  world: World,
  pull: PullRequest,
  { name, state }: { name: string; state: string },
): HookEvent {
  const isOpen = state === 'PENDING'
  if (name.includes('/'))
    return inRepository(world, pull.repository, 'status', {
      sha: pull.headRefOid,
      state: state.toLowerCase(),
      context: name,
    })
  const check = { id: pull.databaseId, name, head_sha: pull.headRefOid }
  return inRepository(
    world,
    pull.repository,
    isOpen ? 'check_run.created' : 'check_run.completed',
    {
      check_run: { ...check, status: isOpen ? 'in_progress' : 'completed' },
    },
  )
}

function ofReview(world: World, review: Review): HookEvent[] {
  if (review.submittedAt === null) return []
  const { pullRequest: pull } = review
  const comments = pull.threads.flatMap((thread) => thread.comments)
  return [
    ofAuthored(world, review, 'pull_request_review', 'submitted'),
    ...comments
      .filter((one) => one.review === review)
      .map((one) => ofAuthored(world, one, 'pull_request_review_comment', 'created')),
  ]
}

function ofWords(world: World, record: Located, action: string): HookEvent[] {
  switch (record.__typename) {
    case 'IssueComment':
      return [ofComment(world, record, action)]
    case 'PullRequestReview':
      return [ofAuthored(world, record, 'pull_request_review', action)]
    case 'PullRequestReviewComment':
      return [ofAuthored(world, record, 'pull_request_review_comment', action)]
    default:
      return []
  }
}

function ofComment(world: World, comment: Comment, action: string): HookEvent {
  const { pullRequest: pull, databaseId: id, id: node_id, body } = comment
  return inRepository(world, pull.repository, `issue_comment.${action}`, {
    issue: issuePartOf(pull),
    comment: { id, node_id, body },
  })
}

function ofAuthored(
  world: World,
  record: Review | ReviewComment,
  event: string,
  action: string,
): HookEvent {
  const { pullRequest: pull, databaseId: id, id: node_id, body } = record
  const field = record.__typename === 'PullRequestReview' ? 'review' : 'comment'
  return inRepository(world, pull.repository, `${event}.${action}`, {
    [field]: { id, node_id, body },
    pull_request: pullPart(pull),
  })
}

function ofThread(world: World, thread: Thread, action: string): HookEvent {
  const { pullRequest: pull, id: node_id } = thread
  return inRepository(world, pull.repository, `pull_request_review_thread.${action}`, {
    thread: { node_id },
    pull_request: pullPart(pull),
  })
}

function ofIssue(world: World, issue: Issue, action: string): HookEvent {
  return inRepository(world, issue.repository, `issues.${action}`, { issue: issuePart(issue) })
}

function ofEdit(
  world: World,
  { visibility, isArchived }: Args<'editRepository'>,
  repository: Repository,
): HookEvent[] {
  const actions = [
    ...(visibility ? [visibility === 'PUBLIC' ? 'publicized' : 'privatized'] : []),
    ...(isArchived === undefined ? [] : [isArchived ? 'archived' : 'unarchived']),
  ]
  const events = (actions.length > 0 ? actions : ['edited']).map((action) =>
    inRepository(world, repository, `repository.${action}`),
  )
  return visibility === 'PUBLIC' ? [...events, inRepository(world, repository, 'public')] : events
}

/** A grant or its end, which is told to the installation of the owner, if there is one. */
function ofGrant(world: World, repository: Repository, action: 'added' | 'removed'): HookEvent[] {
  const installation = [...world.installations.values()].find(
    (one) => one.account === repository.owner,
  )
  if (!installation) return []
  const { id, full_name, name, node_id } = repositoryPart(repository)
  const short = { id, full_name, name, node_id, private: repository.visibility !== 'PUBLIC' }
  const payload = {
    action,
    installation: installationPart(installation),
    repository_selection: installation.selection,
    repositories_added: action === 'added' ? [short] : [],
    repositories_removed: action === 'removed' ? [short] : [],
    sender: accountPart(repository.owner),
  }
  return [{ event: 'installation_repositories', action, installation, repository: null, payload }]
}

function ofInstallation(installation: Installation, action: string): HookEvent {
  return {
    ...{ event: 'installation', action, installation, repository: null },
    payload: {
      action,
      installation: installationPart(installation),
      sender: accountPart(installation.account),
    },
  }
}
