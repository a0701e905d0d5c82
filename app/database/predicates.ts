/**
 * Conditions on the life cycle of rows, each named once. A predicate takes the name under which its statement
 * reads the table, and is an expression in SQL.
 */

/** On `pull_request`: GitHub still has it. */
export function notDeleted(pullRequest: string): string {
  return `${pullRequest}.deleted_at is null`
}

/** On `repository`: GitHub still gives it to the installation. */
export function notHidden(repository: string): string {
  return `${repository}.hidden_at is null`
}

/** On `run`: it waits, is at work, or is paused. */
export function isOpenRun(run: string): string {
  return `${run}.state in ('queued', 'running', 'paused')`
}

/** On `run`: it was started and has not ended. */
export function isActiveRun(run: string): string {
  return `${run}.state in ('running', 'paused')`
}

/** On `installation`: GitHub lets Whence read it. */
export function isActiveInstallation(installation: string): string {
  return `${installation}.active`
}

/** On a column with the id of an installation: that one is active. */
export function ofActiveInstallation(column: string): string {
  return `${column} = any(array(select own.id from installation own where ${isActiveInstallation('own')}))`
}

/** On `repository`: somebody may read it, as nobody may what is hidden or what an inactive installation left. */
export function isReadable(repository: string): string {
  return `${notHidden(repository)} and ${ofActiveInstallation(`${repository}.installation_id`)}`
}
