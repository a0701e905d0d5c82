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

/** On `run`: a sync, rather than a refresh of single objects or an ingest of code. */
export function isSync(run: string): string {
  return `${run}.mode in ('full', 'incremental')`
}

/** On `installation`: copied from GitHub, rather than the tenant of somebody who ingests code. */
export function isCopied(installation: string): string {
  return `${installation}.kind <> 'local'`
}

/** On `installation`: GitHub allows Whence to read it. */
export function isActiveInstallation(installation: string): string {
  return `${installation}.active`
}

/** On `installation`: its schedules start syncs. */
export function isScheduled(installation: string): string {
  return `(${isActiveInstallation(installation)} and ${installation}.settings -> 'schedules_paused' is distinct from 'true')`
}

/** On a column of installation ids: the installation is active. */
export function ofActiveInstallation(column: string): string {
  return `${column} = any(array(select own.id from installation own where ${isActiveInstallation('own')}))`
}

/** On `repository`: neither hidden nor left by an inactive installation, so that somebody may read it. */
export function isReadable(repository: string): string {
  return `${notHidden(repository)} and ${ofActiveInstallation(`${repository}.installation_id`)}`
}

/** On `code_ref`: not being erased. */
export function notForgotten(ref: string): string {
  return `${ref}.hidden_at is null`
}

/** On `code_file` and its `code_ref`: part of the generation that holds. */
export function isCurrentFile(file: string, ref: string): string {
  return `${file}.since <= ${ref}.generation and (${file}.until is null or ${file}.until > ${ref}.generation)`
}
