/** Finds the commits inside a pull request that wrote the lines of a squash. */
import { mergeBases } from '../git/list-changes.ts'
import { isCommit, type Opened } from '../git/resolve-commit.ts'
import { type BlamedCommit, type BlamedLines, blamePull } from './blame-lines.ts'

/** A line at the head of a pull request. */
export interface InsideLine {
  commit: BlamedCommit
  line: number
}

/**
 * Returns, for each line, the commit of the pull request that wrote it: the line of the same text that is nearest
 * at the head; null where the head has none of it.
 *
 * @param head commit of the head.
 */
export async function findInside(
  clone: Opened,
  { commit, originalPath, originalLine, lines }: BlamedLines,
  head: string,
): Promise<(InsideLine | null)[]> {
  const none = lines.map(() => null)
  if (!(await isCommit(clone, head))) return none
  const [base] = await mergeBases(clone, [{ base: `${commit.oid}^`, head }])
  if (!base) return none
  const byText = new Map<string, InsideLine[]>()
  for (const group of await blamePull(clone, { head, base, path: originalPath }))
    for (const [index, text] of group.lines.entries()) {
      const key = withoutSpace(text)
      const line = { commit: group.commit, line: group.line + index }
      byText.set(key, [...(byText.get(key) ?? []), line])
    }
  return lines.map((text, index) => {
    const alike = byText.get(withoutSpace(text)) ?? []
    const distance = ({ line }: InsideLine) => Math.abs(line - originalLine - index)
    return alike.reduce<InsideLine | null>(
      (best, one) => (best && distance(best) <= distance(one) ? best : one),
      null,
    )
  })
}

/** As `git blame -w` compares lines. */
function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '')
}
