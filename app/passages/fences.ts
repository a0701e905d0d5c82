const FENCE = /^ {0,3}(`{3,}|~{3,})/

/**
 * Returns the fence of the code block that is open after a line of Markdown.
 *
 * @param open the fence that was open before the line.
 * @returns null if the line is outside a code block or ends one.
 */
export function fenceAfter(open: string | null, line: string): string | null {
  const fence = FENCE.exec(line)?.[1]
  if (open === null) return fence ?? null
  const closes = fence?.startsWith(open) && line.trim().length === fence.length
  return closes ? null : open
}
