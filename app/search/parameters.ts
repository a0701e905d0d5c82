/** The values of a statement that is put together from parts. */
export interface Parameters {
  values: unknown[]
  /** @returns what stands for the value in the statement: `$7`. */
  bind(value: unknown): string
}

/** @param values those that the statement has already; more are added to this very list. */
export function parametersOf(values: unknown[] = []): Parameters {
  return { values, bind: (value) => `$${values.push(value)}` }
}
