import type { Bind, Condition } from '#app/database/parameters.ts'
import { isReadable, notForgotten, ofActiveInstallation } from '#app/database/predicates.ts'

declare const granted: unique symbol

/** `operate` also allows changes: to sync, cancel and retry jobs, to change settings and to erase. */
export type Rights = 'read' | 'operate'

interface Granted {
  readonly [granted]: true
  readonly rights: Rights
}

/** The person who runs Whence: the browser on loopback, a session from the operator link, or the CLI. */
type OperatorScope = { readonly kind: 'operator' } & Granted

/** A person whom GitHub allows to read these repositories. */
type ViewerScope = {
  readonly kind: 'viewer'
  /** Repository ids. */
  readonly repositories: readonly string[]
  /** Ids of the installations that the viewer also operates. */
  readonly operates: readonly string[]
} & Granted

/**
 * The set of data that a viewer may read. Every read path takes a scope, and only this folder can create one,
 * so code that omits it does not compile. Data copied from GitHub is in scope by its repository
 * ({@link visible}); jobs, schedules and budgets are in scope by their installation ({@link operated}).
 */
export type Scope = OperatorScope | ViewerScope

/** A scope that also allows changes. Every function that makes one for somebody takes it. */
export type ChangeScope = Scope & { readonly rights: 'operate' }

// One object each: the listeners of a scope share the reads of its jobs.
const OPERATOR = Object.freeze({ kind: 'operator', rights: 'operate' }) as ChangeScope
const READER = Object.freeze({ kind: 'operator', rights: 'read' }) as OperatorScope

/** Returns the scope of everything in every installation. Only the guard, tokens and the CLI call it. */
export function operatorScope(): ChangeScope
export function operatorScope(rights: Rights): Scope
export function operatorScope(rights: Rights = 'operate'): Scope {
  return rights === 'operate' ? OPERATOR : READER
}

/**
 * Returns the scope of these repositories and of the jobs of these installations; empty lists grant nothing.
 */
export function viewerScope(
  grant: Pick<ViewerScope, 'repositories' | 'operates'> & { rights?: 'operate' },
): ChangeScope
export function viewerScope(
  grant: Pick<ViewerScope, 'repositories' | 'operates'> & { rights?: Rights },
): Scope
export function viewerScope(
  grant: Pick<ViewerScope, 'repositories' | 'operates'> & { rights?: Rights },
): Scope {
  return Object.freeze({ kind: 'viewer', rights: 'operate', ...grant }) as ViewerScope
}

const reading = new WeakMap<Scope, Scope>()

/** Returns the same scope without the right to change anything: one object for each, as its listeners need it. */
export function readingOnly(scope: Scope): Scope {
  if (isOperator(scope)) return READER
  const known = reading.get(scope) ?? viewerScope({ ...scope, rights: 'read' })
  reading.set(scope, known)
  return known
}

/**
 * Returns the part of a scope that a token for these repositories has: no jobs, since a job is about a whole
 * installation, and no changes.
 */
export function narrowedTo(repositories: readonly string[], scope: Scope): Scope {
  const readable = isOperator(scope) ? null : new Set(scope.repositories)
  const both = repositories.filter((id) => readable?.has(id) ?? true)
  return viewerScope({ repositories: both, operates: [], rights: 'read' })
}

export function mayChange(scope: Scope): scope is ChangeScope {
  return scope?.rights === 'operate'
}

/** Restricts `repository` to the repositories that the viewer may read. */
export function visible(scope: Scope, repository: string): Condition {
  const readable = isReadable(repository)
  return (bind) =>
    isOperator(scope)
      ? readable
      : `${among(`${repository}.id`, scope?.repositories, bind)} and ${readable}`
}

/**
 * Restricts `code_ref` to the code that the viewer may read: that of readable repositories, and, outside every
 * installation, that of tenants whose jobs the viewer may see.
 */
export function visibleCode(scope: Scope, ref: string): Condition {
  return (bind) =>
    `(${notForgotten(ref)} and case when ${ref}.repository_id is null
      then ${ofActiveInstallation(`${ref}.installation_id`)} and ${operated(scope, `${ref}.installation_id`)(bind)}
      else exists (select from repository own
        where own.id = ${ref}.repository_id and ${visible(scope, 'own')(bind)}) end)`
}

/**
 * Restricts closing issues to those in repositories that the viewer may read.
 *
 * @param repository a column with the node id of the issue's repository; null if it is the repository of the
 * pull request. A repository that is not in the copy hides its issues from everybody.
 */
export function visibleIssue(scope: Scope, repository: string): Condition {
  return (bind) =>
    `(${repository} is null or exists (select from repository other
      where other.node_id = ${repository} and ${visible(scope, 'other')(bind)}))`
}

/**
 * Restricts a column of installation ids to those whose jobs and settings the viewer may see and change.
 * Inactive installations are included, with the reason why they are inactive.
 */
export function operated(scope: Scope, column: string): Condition {
  return (bind) => (isOperator(scope) ? 'true' : among(column, scope?.operates, bind))
}

/** Returns true if a scope has everything that another one has. */
export function covers(scope: Scope, other: Scope): boolean {
  if (isOperator(scope)) return true
  if (isOperator(other)) return false
  const [readable, operated] = [new Set(scope.repositories), new Set(scope.operates)]
  return (
    other.repositories.every((id) => readable.has(id)) &&
    other.operates.every((id) => operated.has(id))
  )
}

/**
 * Restricts a column of installation ids to those whose work item names the viewer may see. A name may belong
 * to any repository of the installation, so only a scope that contains all of them qualifies.
 */
export function seesNames(scope: Scope, column: string): Condition {
  return () => (isOperator(scope) ? ofActiveInstallation(column) : 'false')
}

/** Returns true if the viewer may see some jobs and settings. */
export function operatesAny(scope: Scope): boolean {
  return isOperator(scope) || scope.operates.length > 0
}

/** Returns false for an undefined scope, which untyped code may pass. */
export function isOperator(scope: Scope): scope is OperatorScope {
  return scope?.kind === 'operator'
}

/** Matches no row if the list is missing. */
function among(column: string, ids: readonly string[] | undefined, bind: Bind): string {
  return `${column} = any(${bind(ids ?? [])}::bigint[])`
}
