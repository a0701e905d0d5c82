/** Blames lines down to the commits inside of pull requests, past those that the repository ignores. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import { type BlamedLines, blameTwice, type WantedLines } from '#app/code/blame/blame-lines.ts'
import {
  findInside,
  type Inside,
  type InsideLine,
  type PullFile,
  readPullFile,
} from '#app/code/blame/find-inside.ts'
import { findMoved, type MovedLines } from '#app/code/blame/find-moved.ts'
import type { Opened } from '#app/code/git/resolve-commit.ts'
import type { Origin } from '#app/code/history/find-pull-requests.ts'
import { originsOf } from './explain-commits.ts'
import type { IngestedRepository } from './find-ingested.ts'

export interface BlamedRange {
  group: BlamedLines
  origin: Origin | undefined
  /** For each line of a squash, where it is known. */
  inside: (InsideLine | null)[]
  moved: (MovedLines & { origin: Origin | undefined })[]
}

interface BlameOf {
  reader: ScopedReader
  clone: Opened
  found: IngestedRepository
}

/** Squashes that are passed over for one line. */
const MOST_PASSED = 3

/**
 * Blames lines. A squash is passed over where only an ignored commit inside of it changed the line: the repository
 * names the commits from before the squash, too.
 *
 * @throws RefusedError as `blameLines` does.
 */
export async function blameRange(of: BlameOf, wanted: WantedLines): Promise<BlamedRange[]> {
  const blamed = await blameTwice(of.clone, wanted)
  const commits = [...blamed.blamed, ...blamed.written].map(({ commit }) => commit)
  const origins = await originsOf(of.reader, of.found, commits)
  const { ignored, written } = blamed
  const files = new Map<string, PullFile>()
  const all: BlamedRange[] = []
  for (const group of blamed.blamed) {
    const origin = origins.get(group.commit.oid)
    const inside = await insideOf({ clone: of.clone, files, ignored }, group, origin)
    for (const { from, to, isIgnored } of runsOf(inside)) {
      const part = partOf(group, from, to)
      if (isIgnored && mayPass(wanted, group)) all.push(...(await passOver(of, wanted, part)))
      else {
        const known = inside.slice(from, to).map((one) => (one === 'ignored' ? null : one))
        const moved = findMoved(part, written).map((one) => ({
          ...one,
          origin: origins.get(one.commit.oid),
        }))
        all.push({ group: part, origin, inside: known, moved })
      }
    }
  }
  return all
}

/** Blames lines again, without the commit that is said to have written them. */
function passOver(of: BlameOf, wanted: WantedLines, part: BlamedLines): Promise<BlamedRange[]> {
  const { passed = [] } = wanted
  const lines = { from: part.line, to: part.line + part.lines.length - 1 }
  return blameRange(of, { ...wanted, ...lines, passed: [...passed, part.commit.oid] })
}

function mayPass({ passed = [] }: WantedLines, { commit }: BlamedLines): boolean {
  return passed.length < MOST_PASSED && !passed.includes(commit.oid)
}

/** Returns some of the lines, by their places from 0, without the last. */
function partOf(group: BlamedLines, from: number, to: number): BlamedLines {
  const { line, originalLine, lines } = group
  const moved = { line: line + from, originalLine: originalLine + from }
  return { ...group, ...moved, lines: lines.slice(from, to) }
}

interface PullFiles {
  clone: Opened
  /** What was read before. */
  files: Map<string, PullFile>
  ignored: string[]
}

/** Looks up, at the head of its pull request, what a squash wrote. */
async function insideOf(
  { clone, files, ignored }: PullFiles,
  group: BlamedLines,
  origin: Origin | undefined,
): Promise<Inside[]> {
  const [pull] = origin?.pullRequests ?? []
  if (!pull || pull.commitOid !== null) return group.lines.map(() => null)
  const [squash, path] = [group.commit.oid, group.originalPath]
  const key = `${squash} ${path}`
  const file =
    files.get(key) ?? (await readPullFile(clone, { squash, path, head: pull.headOid, ignored }))
  files.set(key, file)
  return findInside(file, group)
}

/** Divides lines into those that are passed over and those that are not, as places from 0, without the last. */
function runsOf(inside: Inside[]): { from: number; to: number; isIgnored: boolean }[] {
  const runs: { from: number; to: number; isIgnored: boolean }[] = []
  for (const [index, one] of inside.entries()) {
    const last = runs.at(-1)
    const isIgnored = one === 'ignored'
    if (last?.isIgnored === isIgnored) last.to = index + 1
    else runs.push({ from: index, to: index + 1, isIgnored })
  }
  return runs
}
