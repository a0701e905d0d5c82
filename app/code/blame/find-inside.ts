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

/** The lines of a file at the head of a pull request that its own commits wrote, by their text without space. */
export type PullFile = Map<string, PullLine[]>

interface WantedFile {
  /** The squash, and the path of the file in it. */
  squash: string
  path: string
  /** The commit of the head. */
  head: string
  /** Oids of the commits that the repository ignores. */
  ignored: string[]
}

/** Reads a file at the head of the pull request that became a squash; empty if it is not known. */
export async function readPullFile(
  clone: Opened,
  { squash, path, head, ignored }: WantedFile,
): Promise<PullFile> {
  const byText: PullFile = new Map()
  if (!(await isCommit(clone, head))) return byText
  const [base] = await mergeBases(clone, [{ base: `${squash}^`, head }])
  if (!base) return byText
  const blamed = await blamePull(clone, { head, base, path, ignored })
  const byNumber = new Map<number, PullLine>()
  for (const [number, text] of numbered(blamed.ignoredLines))
    byNumber.set(number, { number, text, inside: 'ignored' })
  for (const [number, text, commit] of numbered(blamed.lines))
    byNumber.set(number, { number, text, inside: { commit, line: number } })
  for (const line of byNumber.values()) {
    const alike = byText.get(line.text)
    if (alike) alike.push(line)
    else byText.set(line.text, [line])
  }
  return byText
}

/**
 * Returns, for each line of a squash, the commit of the pull request that wrote it: the line of the same text that
 * is nearest at the head.
 */
export function findInside(file: PullFile, { originalLine, lines }: BlamedLines): Inside[] {
  return lines.map((text, index) => {
    const alike = file.get(withoutSpace(text)) ?? []
    return nearest(alike, originalLine + index)?.inside ?? null
  })
}

interface PullLine {
  number: number
  /** Without space. */
  text: string
  inside: InsideLine | 'ignored'
}

function* numbered(groups: BlamedLines[]): Generator<[number, string, BlamedCommit]> {
  for (const { commit, line, lines } of groups)
    for (const [index, text] of lines.entries()) yield [line + index, withoutSpace(text), commit]
}

function nearest(alike: PullLine[], line: number): PullLine | undefined {
  const distance = ({ number }: PullLine) => Math.abs(number - line)
  return alike.reduce<PullLine | undefined>(
    (best, one) => (best && distance(best) <= distance(one) ? best : one),
    undefined,
  )
}

/** As `git blame -w` compares lines. */
function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '')
}
