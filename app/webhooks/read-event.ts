import { createHash } from 'node:crypto'
import { emitterEventNames } from '@octokit/webhooks'
import type { z } from 'zod'
import { type Facts, parts } from './facts.ts'

/** What is kept of an event. */
export interface ReadEvent {
  action: string | null
  /** GitHub's number of the installation. */
  installation: string | null
  /** GitHub's number of the repository. */
  repository: string | null
  facts: Facts
}

/**
 * Reads what an event says to read again. Its payload is never the new state: it can be late, out of order or
 * repeated.
 *
 * @param event the header `X-GitHub-Event`.
 */
export function readEvent(event: string, payload: unknown): ReadEvent {
  const action = read(parts.action, payload)?.action ?? null
  return {
    action,
    installation: read(parts.installation, payload)?.installation.id ?? null,
    repository: read(parts.repository, payload)?.repository.id ?? null,
    facts: factsOf(event, action, payload),
  }
}

function factsOf(event: string, action: string | null, payload: unknown): Facts {
  const reader = READERS[event]
  if (reader) return reader(payload, action) ?? nothing('The payload lacks what the event is about')
  const isKnown = (emitterEventNames as readonly string[]).includes(event)
  return nothing(isKnown ? 'Whence has no use for this event' : 'An unknown event')
}

type ReadFacts = (payload: unknown, action: string | null) => Facts | null

const READERS: Record<string, ReadFacts> = {
  pull_request: readPull,
  pull_request_review: readPull,
  pull_request_review_comment: readPull,
  pull_request_review_thread: readPull,
  issue_comment: (payload) => readIssue(payload, nothing('A comment on an issue')),
  issues: (payload) => readIssue(payload, null),
  push: readPush,
  check_run: readCheck,
  check_suite: readCheck,
  status: readCheck,
  label(payload, action) {
    const told = read(parts.label, payload)
    return readMark('label', action, { now: told?.label.name, before: told?.changes?.name?.from })
  },
  milestone(payload, action) {
    const told = read(parts.milestone, payload)
    const names = { now: told?.milestone.title, before: told?.changes?.title?.from }
    return readMark('milestone', action, names)
  },
  repository: (_, action) => ({
    kind: 'repository',
    change:
      action === 'deleted' || action === 'privatized' || action === 'transferred'
        ? action
        : 'other',
  }),
  public: () => ({ kind: 'repository', change: 'other' }),
  installation_repositories: readGrants,
  installation: (_, action) => ({
    kind: 'installation',
    change: action === 'deleted' || action === 'suspend' ? action : 'other',
  }),
  member: (payload) => accessOf(read(parts.member, payload)?.member),
  membership: (payload) => accessOf(read(parts.member, payload)?.member),
  organization: (payload, action) =>
    action === 'member_added' || action === 'member_removed'
      ? accessOf(read(parts.membership, payload)?.membership.user)
      : nothing("An organisation was changed, and nobody's access"),
  // A team gives access to repositories, and its members are not named.
  team: () => ({ kind: 'access', person: null }),
  github_app_authorization: (payload) => accessOf(read(parts.sender, payload)?.sender),
  installation_target: () => ({ kind: 'installation', change: 'other' }),
  ping: () => nothing('GitHub tries whether the address answers'),
}

/** GitHub sends these to every App, and refuses to list them among those that an App subscribes to. */
const AUTOMATIC = new Set([
  'github_app_authorization',
  'installation',
  'installation_repositories',
  'installation_target',
  'ping',
])

/** The events to which the App subscribes. */
export const SUBSCRIBED = Object.keys(READERS).filter((event) => !AUTOMATIC.has(event))

/** Events that say to read something again. */
export const RELEVANT = new Set(Object.keys(READERS).filter((event) => event !== 'ping'))

function readPull(payload: unknown, action: string | null): Facts | null {
  const pull = read(parts.pull, payload)?.pull_request
  if (!pull) return null
  // Only these say that the head is new; others repeat the one that they know.
  const hasNewHead = action === 'synchronize' || action === 'opened' || action === 'reopened'
  return { kind: 'pull', number: pull.number, ...(hasNewHead && { head: pull.head.sha }) }
}

function readIssue(payload: unknown, unrelated: Facts | null): Facts | null {
  const issue = read(parts.issue, payload)?.issue
  if (!issue) return null
  if (issue.pull_request) return { kind: 'pull', number: issue.number }
  return unrelated ?? { kind: 'issue', number: issue.number }
}

function readPush(payload: unknown): Facts | null {
  const push = read(parts.push, payload)
  return push && { kind: 'heads', oids: oidsOf(push.before, push.after), isPush: true }
}

function readCheck(payload: unknown): Facts | null {
  const oid = read(parts.check, payload)
  return oid ? { kind: 'heads', oids: [oid], isPush: false } : null
}

/** Zeros stand for a branch that did not exist before or does not any more. */
function oidsOf(...oids: (string | undefined)[]): string[] {
  return oids.filter((oid) => oid !== undefined && /[^0]/.test(oid)) as string[]
}

/** A pull request shows the name of its labels and its milestone, and nothing else of them. */
function readMark(
  of: 'label' | 'milestone',
  action: string | null,
  { now, before }: { now: string | undefined; before: string | undefined },
): Facts | null {
  const name = action === 'deleted' ? now : before
  if (name !== undefined) return { kind: 'mark', of, name: hashOf(name) }
  return now === undefined
    ? null
    : nothing(`No pull request shows the difference that a ${of} was ${action}`)
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

function accessOf(person: { id: string } | undefined): Facts | null {
  return person ? { kind: 'access', person: person.id } : null
}

function readGrants(payload: unknown): Facts | null {
  const grants = read(parts.grants, payload)
  return (
    grants && {
      kind: 'grants',
      added: grants.repositories_added,
      removed: grants.repositories_removed,
    }
  )
}

function nothing(reason: string): Facts {
  return { kind: 'nothing', reason }
}

function read<T>(part: z.ZodType<T>, payload: unknown): T | null {
  return part.safeParse(payload).data ?? null
}
