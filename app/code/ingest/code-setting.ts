import { z } from 'zod'
import { matches, readGlob } from '../chunks/glob.ts'

/** Branches beside the default one that an installation ingests of one repository. */
export const MOST_BRANCHES = 20
const MOST_PATTERNS = 50
const LONGEST = 255
/** What git allows in the name of a branch, and the signs of a pattern. */
const BRANCH = /^(?![-/])(?!.*(?:\.\.|\/\/|@\{))[^\s~^:\\[\x7f]+(?<![/.])$/

const branchPattern = z
  .string()
  .max(LONGEST)
  .refine((pattern) => BRANCH.test(splitPattern(pattern).branch), {
    error: 'is no name of a branch, nor a pattern such as release/* or api-*:release/*',
  })

/**
 * Schema of the setting `code`: the repositories of the installation whose code is ingested, as patterns of the
 * repository filter, and which branches beside the default one. In these, `*` stands for any part of a name
 * between slashes and `**` for any number of such names; a pattern of repositories and a colon before them are for
 * those repositories alone.
 */
export const codeSetting = z.strictObject({
  repositories: z.array(z.string().min(1)).default([]),
  branches: z.array(branchPattern).max(MOST_PATTERNS, `has more than ${MOST_PATTERNS}`).default([]),
})
export type CodeSetting = z.infer<typeof codeSetting>

/** Reads a stored setting. One that is not valid, as one written by hand may be, ingests nothing. */
export function readCodeSetting(stored: unknown): CodeSetting {
  return codeSetting.safeParse(stored ?? {}).data ?? { repositories: [], branches: [] }
}

/** No branch has a colon in its name. */
function splitPattern(pattern: string): { repositories: string | null; branch: string } {
  const [, repositories = null, branch = pattern] = /^([^\s:]+):(.*)$/s.exec(pattern) ?? []
  return { repositories, branch }
}

/** Returns the patterns of branches for a repository. @param isNamed tells if a pattern names the repository. */
export function branchesFor(
  { branches }: CodeSetting,
  isNamed: (repositories: string) => boolean,
): string[] {
  return branches
    .map(splitPattern)
    .filter(({ repositories }) => repositories === null || isNamed(repositories))
    .map(({ branch }) => branch)
}

export interface ChosenBranches {
  /** In the order of their names. */
  branches: string[]
  /** How many match. */
  matching: number
}

/**
 * Returns the branches that match the patterns. Of more than {@link MOST_BRANCHES}, it returns the last ones in the
 * order of their names and numbers, which are the newest of `release/9` and `release/10`.
 */
export function chooseBranches(names: string[], patterns: string[]): ChosenBranches {
  const globs = patterns.flatMap((pattern) => readGlob(`/${pattern}`) ?? [])
  const matching = names
    .filter((name) => globs.some((glob) => matches(glob, name.split('/'))))
    .sort(ORDER.compare)
  return { branches: matching.slice(-MOST_BRANCHES), matching: matching.length }
}

const ORDER = new Intl.Collator('en', { numeric: true })
