/**
 * Conditions on the life cycle of rows, each defined once. A predicate takes the alias of the table in the
 * statement and returns a SQL expression.
 */

/** On `pull_request`: not deleted on GitHub. */
export function notDeleted(pullRequest: string): string {
  return `${pullRequest}.deleted_at is null`
}

/** On `repository`: still accessible to the installation on GitHub. */
export function notHidden(repository: string): string {
  return `${repository}.hidden_at is null`
}

/** On `repository`: its copy is not being erased, so that it may be written to. */
export function notErasing(repository: string): string {
  return `${repository}.erasing_at is null`
}

/** On `run`: queued, running or paused. */
export function isOpenRun(run: string): string {
  return `${run}.state in ('queued', 'running', 'paused')`
}

/** On `run`: started and not ended. */
export function isActiveRun(run: string): string {
  return `${run}.state in ('running', 'paused')`
}

/** On `installation`: GitHub allows Whence to read it. */
export function isActiveInstallation(installation: string): string {
  return `${installation}.active`
}

/** On a column of installation ids: the installation is active. */
export function ofActiveInstallation(column: string): string {
  return `${column} = any(array(select own.id from installation own where ${isActiveInstallation('own')}))`
}

/** On `repository`: neither hidden nor left by an inactive installation, so that somebody may read it. */
export function isReadable(repository: string): string {
  return `${notHidden(repository)} and ${ofActiveInstallation(`${repository}.installation_id`)}`
}
