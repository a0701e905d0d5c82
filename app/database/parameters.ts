/** Gives what stands for a value in a statement: `$7`. */
export type Bind = (value: unknown) => string

/**
 * What a hit has to fulfil: an expression in SQL on `passage p`, `repository r`, and `pull_request pr`, all
 * of whose columns are null where the passage is what a repository says of itself.
 */
export type Condition = (bind: Bind) => string

/** The values of a statement that is put together from parts. */
export interface Parameters {
  values: unknown[]
  bind: Bind
}

/** @param values those that the statement has already; more are added to this very list. */
export function parametersOf(values: unknown[] = []): Parameters {
  return { values, bind: (value) => `$${values.push(value)}` }
}
