const MOST = 10

/** Keeps the first ten warnings and says how many more there are. */
export function fewWarnings(warnings: string[]): string[] {
  const more = warnings.length - MOST
  return more > 0 ? [...warnings.slice(0, MOST), `And ${more} more.`] : warnings
}
