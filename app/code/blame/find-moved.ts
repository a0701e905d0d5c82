/** Finds the lines that a commit took from elsewhere in a file. */
import type { BlamedCommit, BlamedLines } from './blame-lines.ts'

/** Consecutive lines that one commit moved or copied, and another one wrote. */
export interface MovedLines {
  /** First and last line in the file. */
  from: number
  to: number
  /** The commit that wrote them. */
  commit: BlamedCommit
}

/** @param written the same lines, blamed through moves. */
export function findMoved(
  { commit, line, lines }: BlamedLines,
  written: BlamedLines[],
): MovedLines[] {
  const end = line + lines.length - 1
  const moved: MovedLines[] = []
  for (const group of written) {
    const from = Math.max(line, group.line)
    const to = Math.min(end, group.line + group.lines.length - 1)
    if (group.commit.oid === commit.oid || from > to) continue
    const last = moved.at(-1)
    if (last?.commit.oid === group.commit.oid && last.to === from - 1) last.to = to
    else moved.push({ from, to, commit: group.commit })
  }
  return moved
}
