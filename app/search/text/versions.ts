const VERSION = /(?<![\p{L}\p{N}.])v?(\d+(?:\.\d+)+)(?![\p{L}\p{N}_])/iu
// A sequence of numbers that is longer than any version is found as a whole.
const MOST_NUMBERS = 6

/**
 * Finds the first version in a name: `v1.2.3`, `react@18.2.0`, also an address or a section.
 *
 * @returns the place of its numbers, without the `v`, and the forms that find it: all numbers, and those that
 *   begin it, down to two.
 */
export function readVersion(name: string): { start: number; end: number; forms: string[] } | null {
  const found = VERSION.exec(name)
  if (!found) return null
  const [whole, numbers = ''] = found
  const parts = numbers.split('.')
  if (parts.length > MOST_NUMBERS) return null
  const end = found.index + whole.length
  const forms = parts.slice(1).map((_, index) => parts.slice(0, parts.length - index).join('.'))
  return { start: end - numbers.length, end, forms }
}
