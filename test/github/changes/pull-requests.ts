import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import { commitOf } from '../git/code.ts'
import { type MergeMethod, mergeCommits } from '../git/merge-commits.ts'
import { checksOf, makeCheck, rollUp } from '../world/checks.ts'
import type { Check, Issue, PullRequest } from '../world/model.ts'
import { hashedOid, nodeId } from '../world/node-ids.ts'
import { dropPull } from '../world/pulls.ts'
import { actorNamed, recordsOf, takeDatabaseId, type World } from '../world/world.ts'
import { personCalled } from './branches.ts'
import {
  change,
  issueCalled,
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

export const openIssue = change(
  z.strictObject({
    repository: repositoryName,
    title: z.string(),
    body: z.string().default(''),
    author: login,
  }),
  (world, args): Issue => {
    const repository = repositoryCalled(world, args.repository)
    const databaseId = takeDatabaseId(world)
    const now = nowIn(world)
    const issue: Issue = {
      __typename: 'Issue',
      id: nodeId('Issue', repository.databaseId, databaseId),
      legacyId: null,
      databaseId,
      number: Math.max(0, ...repository.pulls.keys(), ...repository.issues.keys()) + 1,
      title: args.title,
      body: args.body,
      state: 'OPEN',
      author: actorNamed(world, args.author),
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      repository,
    }
    repository.issues.set(issue.number, issue)
    world.nodes.set(issue.id, issue)
    return issue
  },
)

export const editPull = change(
  z.strictObject({
    pull: pullName,
    title: z.string().optional(),
    body: z.string().optional(),
    isDraft: z.boolean().optional(),
    /** Names of labels that exist in the repository. */
    labels: z.array(z.string()).optional(),
    assignees: z.array(z.string()).optional(),
    milestone: z.string().nullable().optional(),
    /** Issues that it closes, `owner/name#number`. */
    closes: z.array(pullName).optional(),
  }),
  (world, args) => {
    const pull = pullCalled(world, args.pull)
    const { labels, milestones } = pull.repository
    pull.title = args.title ?? pull.title
    pull.isDraft = args.isDraft ?? pull.isDraft
    if (args.body !== undefined) {
      pull.body = args.body
      pull.lastEditedAt = nowIn(world)
      pull.editor = pull.author
    }
    if (args.labels) pull.labels = labels.filter((one) => args.labels?.includes(one.name))
    if (args.assignees) pull.assignees = args.assignees.map((name) => actorNamed(world, name))
    if (args.milestone !== undefined) {
      pull.milestone = milestones.find((one) => one.title === args.milestone) ?? null
    }
    if (args.closes) pull.closing = args.closes.map((name) => issueCalled(world, name))
    touch(world, pull)
    return pull
  },
)

export const merge = change(
  z.strictObject({
    pull: pullName,
    by: login,
    method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  }),
  (world, args) => {
    const pull = pullCalled(world, args.pull)
    const now = nowIn(world)
    const merged = mergeInCode(world, pull, args)
    const event = noteEvent(world, pull, 'MergedEvent', args.by)
    noteEvent(world, pull, 'ClosedEvent', args.by)
    pull.state = 'MERGED'
    pull.closedAt = now
    pull.mergedAt = now
    pull.mergedBy = event.actor
    pull.mergeCommitOid = merged ?? hashedOid(event.id)
    pull.repository.pushedAt = now
    touch(world, pull)
    return pull
  },
)

/** @returns the new commit of the base branch; null in a repository without code. */
function mergeInCode(
  world: World,
  pull: PullRequest,
  { by, method }: { by: string; method: MergeMethod },
): string | null {
  const { code, owner } = pull.repository
  const onto = code?.refs.get(`refs/heads/${pull.baseRefName}`)
  if (!code || onto === undefined) return null
  const { author } = commitOf(code, pull.headRefOid)
  const commit = mergeCommits(code, {
    ...{ method, onto, head: pull.headRefOid, number: pull.number, title: pull.title, author },
    from: `${owner.login}/${pull.headRefName}`,
    by: personCalled(world, by),
  })
  if (!commit)
    throw new BadSourceError(
      `#${pull.number} has conflicts with ${pull.baseRefName}: resolve them.`,
    )
  code.refs.set(`refs/heads/${pull.baseRefName}`, commit.oid)
  pull.baseRefOid = onto
  return commit.oid
}

export const close = change(z.strictObject({ pull: pullName, by: login }), (world, args) => {
  const pull = pullCalled(world, args.pull)
  noteEvent(world, pull, 'ClosedEvent', args.by)
  pull.state = 'CLOSED'
  pull.closedAt = nowIn(world)
  touch(world, pull)
  return pull
})

export const reopen = change(z.strictObject({ pull: pullName, by: login }), (world, args) => {
  const pull = pullCalled(world, args.pull)
  noteEvent(world, pull, 'ReopenedEvent', args.by)
  pull.state = 'OPEN'
  pull.closedAt = null
  touch(world, pull)
  return pull
})

/** Completed checks do not change `updatedAt`, as on GitHub. */
export const finishChecks = change(
  z.strictObject({ pull: pullName, state: z.enum(['SUCCESS', 'FAILURE', 'PENDING', 'ERROR']) }),
  (world, args) => {
    const pull = pullCalled(world, args.pull)
    const last = pull.commits.at(-1)
    pull.rollupState = args.state
    if (last) Object.assign(last, { rollupState: args.state, checks: undefined })
    keep(world, pull)
    return pull
  },
)

/** Adds a check to the head of a pull request, or changes the one of that name: a status if it has a slash. */
export const setCheck = change(
  z.strictObject({
    pull: pullName,
    name: z.string(),
    state: z.enum(['SUCCESS', 'FAILURE', 'PENDING']).default('SUCCESS'),
  }),
  (world, { pull: name, ...args }) => {
    const pull = pullCalled(world, name)
    const last = pull.commits.at(-1)
    if (!last) throw new BadSourceError(`${name} has no commit`)
    const checks = [...checksOf(last)]
    const at = checks.findIndex((one) => nameOfCheck(one) === args.name)
    checks.splice(
      at < 0 ? checks.length : at,
      1,
      makeCheck(last, args.name, args.state, nowIn(world)),
    )
    Object.assign(last, { checks, rollupState: rollUp(checks) })
    pull.rollupState = last.rollupState
    keep(world, pull)
    return pull
  },
)

function nameOfCheck(check: Check): string {
  return check.__typename === 'CheckRun' ? check.name : check.context
}

export const deletePull = change(z.strictObject({ pull: pullName }), (world, args) => {
  const pull = pullCalled(world, args.pull)
  dropPull(pull.repository, pull.number)
  pull.repository.code?.refs.delete(`refs/pull/${pull.number}/head`)
  for (const record of recordsOf(pull)) {
    world.nodes.delete(record.id)
    if ('legacyId' in record && record.legacyId) world.nodes.delete(record.legacyId)
  }
})
