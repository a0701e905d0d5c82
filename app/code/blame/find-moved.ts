/** Finds the lines that a commit only moved within a file. */
import type { BlamedCommit, BlamedLines } from './blame-lines.ts'

/** Consecutive lines that a commit moved, and another one wrote. */
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
  return written.flatMap((group) => {
    const from = Math.max(line, group.line)
    const to = Math.min(end, group.line + group.lines.length - 1)
    return group.commit.oid === commit.oid || from > to ? [] : [{ from, to, commit: group.commit }]
  })
}
