import type { Bind, Condition } from '#app/database/parameters.ts'
import { isReadable, ofActiveInstallation } from '#app/database/predicates.ts'

declare const granted: unique symbol

interface Granted {
  readonly [granted]: true
}

/** The person who runs Whence: the browser on loopback, a session from the operator link, the CLI. */
type OperatorScope = { readonly kind: 'operator' } & Granted

/** Somebody whom GitHub lets read these repositories. */
type ViewerScope = {
  readonly kind: 'viewer'
  /** Ids of repositories. */
  readonly repositories: readonly string[]
  /** Ids of the installations of which the viewer is an operator, too. */
  readonly operates: readonly string[]
} & Granted

/**
 * What a viewer may read. Every read path takes a scope, and only this folder can make one, so that code which
 * forgets to ask does not compile. What is copied from GitHub is in scope by its repository ({@link visible});
 * jobs, schedules and budgets are by their installation ({@link operated}).
 */
export type Scope = OperatorScope | ViewerScope

const OPERATOR = Object.freeze({ kind: 'operator' }) as OperatorScope

/** All of every installation. Only the guard, tokens and the CLI make one. */
export function operatorScope(): Scope {
  return OPERATOR
}

/** These repositories, and the jobs of these installations; without any, nothing. */
export function viewerScope(grant: Pick<ViewerScope, 'repositories' | 'operates'>): Scope {
  return Object.freeze({ kind: 'viewer', ...grant }) as ViewerScope
}

/** On `repository`: the viewer may read it, and what belongs to it. */
export function visible(scope: Scope, repository: string): Condition {
  const readable = isReadable(repository)
  return (bind) =>
    isOperator(scope)
      ? readable
      : `${among(`${repository}.id`, scope?.repositories, bind)} and ${readable}`
}

/**
 * On a column with the id of an installation: the viewer may see its jobs and settings, and decide about them.
 * Those of an inactive installation are seen too, with the reason why it is.
 */
export function operated(scope: Scope, column: string): Condition {
  return (bind) => (isOperator(scope) ? 'true' : among(column, scope?.operates, bind))
}

/**
 * On a column with the id of an installation: the viewer is told the names of what its jobs read. A work item's
 * name may be of any of its repositories, so only a scope that holds them all is told.
 */
export function toldNames(scope: Scope, column: string): Condition {
  return () => (isOperator(scope) ? ofActiveInstallation(column) : 'false')
}

/** What is no scope at all, as code without types may hand it over, is that of nobody. */
function isOperator(scope: Scope): scope is OperatorScope {
  return scope?.kind === 'operator'
}

/** Nothing where there is no list. */
function among(column: string, ids: readonly string[] | undefined, bind: Bind): string {
  return `${column} = any(${bind(ids ?? [])}::bigint[])`
}
