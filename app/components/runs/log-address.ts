import type { LogFilter } from './log-filter.tsx'

/** Writes the query of an address, `?…` or empty. */
export function logQueryText(
  { text, level, step }: LogFilter,
  edge: { after?: string; before?: string } = {},
): string {
  const query = new URLSearchParams({
    ...(text !== '' && { q: text }),
    ...(level !== 'info' && { level }),
    ...(step !== null && { step }),
    ...edge,
  }).toString()
  return query ? `?${query}` : ''
}
