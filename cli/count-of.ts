/** Returns a number with its noun: `1 file`, `1,204 files`. */
export function countOf(count: number, one: string): string {
  return `${count.toLocaleString('en-US')} ${one}${count === 1 ? '' : 's'}`
}
