const FENCE = /^ {0,3}(`{3,}|~{3,})/

/**
 * Which fence of a block of code is open after a line of Markdown.
 *
 * @param open the one that was open before it. @returns null where the line is not in, or ends, a block.
 */
export function fenceAfter(open: string | null, line: string): string | null {
  const fence = FENCE.exec(line)?.[1]
  if (open === null) return fence ?? null
  const closes = fence?.startsWith(open) && line.trim().length === fence.length
  return closes ? null : open
}
