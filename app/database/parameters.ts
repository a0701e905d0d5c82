/** Binds a value and returns its placeholder in the statement: `$7`. */
export type Bind = (value: unknown) => string

/**
 * A condition on hits: a SQL expression on `passage p`, `repository r` and `pull_request pr`. All columns of
 * `pr` are null for passages of a repository's description.
 */
export type Condition = (bind: Bind) => string

/** The parameters of a statement that is composed of parts. */
export interface Parameters {
  values: unknown[]
  bind: Bind
}

/** @param values the statement's existing parameters; more are appended to this array. */
export function parametersOf(values: unknown[] = []): Parameters {
  return { values, bind: (value) => `$${values.push(value)}` }
}
