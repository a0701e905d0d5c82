/** Blames lines down to the commits inside of pull requests, past those that the repository ignores. */
import type { ScopedReader } from '#app/auth/readers.server.ts'
import {
  type BlamedLines,
  type BlamedTwice,
  blameTwice,
  type WantedLines,
} from '#app/code/blame/blame-lines.ts'
import { findInside, type Inside, type InsideLine } from '#app/code/blame/find-inside.ts'
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
  const all: BlamedRange[] = []
  for (const group of blamed.blamed)
    all.push(...(await blameInside(of, { wanted, group, blamed, origins })))
  return all
}

interface BlamedGroup {
  wanted: WantedLines
  group: BlamedLines
  blamed: BlamedTwice
  origins: Map<string, Origin>
}

async function blameInside(of: BlameOf, blamed: BlamedGroup): Promise<BlamedRange[]> {
  const { wanted, group, origins } = blamed
  const { passed = [] } = wanted
  const origin = origins.get(group.commit.oid)
  const inside = await insideOf(of.clone, blamed, origin)
  const mayPass = passed.length < MOST_PASSED && !passed.includes(group.commit.oid)
  const all: BlamedRange[] = []
  for (const { from, to, isIgnored } of runsOf(inside)) {
    const part = {
      ...{ ...group, line: group.line + from, originalLine: group.originalLine + from },
      lines: group.lines.slice(from, to),
    }
    if (isIgnored && mayPass) {
      const lines = { from: part.line, to: part.line + part.lines.length - 1 }
      const next = { ...wanted, ...lines, passed: [...passed, group.commit.oid] }
      all.push(...(await blameRange(of, next)))
    } else {
      const moved = findMoved(part, blamed.blamed.written).map((one) => ({
        ...one,
        origin: origins.get(one.commit.oid),
      }))
      const known = inside.slice(from, to).map((one) => (one === 'ignored' ? null : one))
      all.push({ group: part, origin, inside: known, moved })
    }
  }
  return all
}

/** Blames again, at the head of its pull request, what a squash wrote. */
async function insideOf(
  clone: Opened,
  { group, blamed }: BlamedGroup,
  origin: Origin | undefined,
): Promise<Inside[]> {
  const [pull] = origin?.pullRequests ?? []
  if (!pull || pull.commitOid !== null) return group.lines.map(() => null)
  return findInside(clone, group, { head: pull.headOid, ignored: blamed.ignored })
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
