const NULLS = /\0/g
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * Returns the text in a form that PostgreSQL accepts: well-formed UTF-16 (lone surrogates become U+FFFD),
 * without U+0000.
 */
export function cleanText(text: string): string {
  const wellFormed = /[\ud800-\udfff]/.test(text) ? text.replace(LONE_SURROGATE, '\ufffd') : text
  return wellFormed.includes('\0') ? wellFormed.replace(NULLS, '') : wellFormed
}

/** Applies `cleanText` to every string in a parsed JSON value, including field names. */
export function cleanValue<T>(value: T): T {
  return cleanUnknown(value) as T
}

function cleanUnknown(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(cleanUnknown)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const fields = Object.entries(value)
  return Object.fromEntries(fields.map(([name, field]) => [cleanText(name), cleanUnknown(field)]))
}
