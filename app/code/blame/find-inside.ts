/** Finds the commits inside a pull request that wrote the lines of a squash. */
import { mergeBases } from '../git/list-changes.ts'
import { isCommit, type Opened } from '../git/resolve-commit.ts'
import { type BlamedCommit, type BlamedLines, blamePull } from './blame-lines.ts'

/** A line at the head of a pull request. */
export interface InsideLine {
  commit: BlamedCommit
  line: number
}

/** `ignored` where only a commit that the repository ignores changed the line; null where it is not known. */
export type Inside = InsideLine | 'ignored' | null

/** Where a pull request ends, and what the repository ignores. */
interface PullHead {
  /** The commit of the head. */
  head: string
  /** Oids. */
  ignored: string[]
}

/**
 * Returns, for each line, the commit of the pull request that wrote it: the line of the same text that is nearest
 * at the head.
 */
export async function findInside(
  clone: Opened,
  { commit, originalPath, originalLine, lines }: BlamedLines,
  { head, ignored }: PullHead,
): Promise<Inside[]> {
  const none = lines.map(() => null)
  if (!(await isCommit(clone, head))) return none
  const [base] = await mergeBases(clone, [{ base: `${commit.oid}^`, head }])
  if (!base) return none
  const blamed = await blamePull(clone, { head, base, path: originalPath, ignored })
  const atHead = new Map<number, Candidate>()
  for (const [number, text] of numbered(blamed.ignoredLines))
    atHead.set(number, { number, text, inside: 'ignored' })
  for (const [number, text, commit] of numbered(blamed.lines))
    atHead.set(number, { number, text, inside: { commit, line: number } })
  const byText = new Map<string, Candidate[]>()
  for (const line of atHead.values()) {
    const alike = byText.get(line.text)
    if (alike) alike.push(line)
    else byText.set(line.text, [line])
  }
  return lines.map((text, index) => {
    const alike = byText.get(withoutSpace(text)) ?? []
    return nearest(alike, originalLine + index)?.inside ?? null
  })
}

/** A line at the head. */
interface Candidate {
  number: number
  /** Without space. */
  text: string
  inside: InsideLine | 'ignored'
}

function* numbered(groups: BlamedLines[]): Generator<[number, string, BlamedCommit]> {
  for (const { commit, line, lines } of groups)
    for (const [index, text] of lines.entries()) yield [line + index, withoutSpace(text), commit]
}

function nearest(candidates: Candidate[], line: number): Candidate | undefined {
  const distance = ({ number }: Candidate) => Math.abs(number - line)
  return candidates.reduce<Candidate | undefined>(
    (best, one) => (best && distance(best) <= distance(one) ? best : one),
    undefined,
  )
}

/** As `git blame -w` compares lines. */
function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '')
}
