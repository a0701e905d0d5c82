import { addSeconds } from './clock.ts'
import type { Check, Commit, StatusState } from './model.ts'
import { hashedDatabaseId } from './node-ids.ts'
import { fullName } from './world.ts'

const NAMES = ['build', 'test', 'lint', 'ci/coverage', 'docs', 'types', 'e2e', 'ci/deploy'] as const

/** Returns the checks of a commit: none without a roll-up, else as many as its oid says, the first as the roll-up. */
export function checksOf(commit: Commit): Check[] {
  const { oid, rollupState } = commit
  if (commit.checks) return commit.checks
  if (rollupState === null) return []
  const names = NAMES.slice(0, 1 + (hashedDatabaseId(oid) % NAMES.length))
  return names.map((name, index) =>
    makeCheck(commit, name, index === 0 ? rollupState : 'SUCCESS', commit.committedDate),
  )
}

/** A name with a slash is that of a status, as old services use to set; others are of check runs. */
export function makeCheck(
  { oid, repository }: Commit,
  name: string,
  state: StatusState,
  startedAt: string,
): Check {
  const page = `/${fullName(repository)}/commit/${oid}`
  if (name.includes('/'))
    return {
      __typename: 'StatusContext',
      context: name,
      state,
      description: `It says ${state.toLowerCase()}`,
      page,
      createdAt: startedAt,
    }
  const isOpen = state === 'PENDING' || state === 'EXPECTED'
  return {
    __typename: 'CheckRun',
    name,
    status: isOpen ? 'IN_PROGRESS' : 'COMPLETED',
    conclusion: isOpen ? null : state === 'SUCCESS' ? 'SUCCESS' : 'FAILURE',
    page,
    startedAt,
    completedAt: isOpen ? null : addSeconds(startedAt, 90),
    app: 'Builds',
  }
}

/** Returns the roll-up of checks, as GitHub computes it. */
export function rollUp(checks: Check[]): StatusState | null {
  if (checks.length === 0) return null
  const states = checks.map((check) =>
    check.__typename === 'CheckRun' ? (check.conclusion ?? 'PENDING') : check.state,
  )
  if (states.some((state) => state === 'FAILURE' || state === 'ERROR')) return 'FAILURE'
  return states.every((state) => state === 'SUCCESS') ? 'SUCCESS' : 'PENDING'
}
