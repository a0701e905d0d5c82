import type { Introducing } from '#app/archive/introducing.ts'
import { RefusedError } from '#app/config/errors.server.ts'
import { type Freshness, sayAll } from '#app/why/gather-reasons.ts'
import { readLines, type WhyAnswer, type WhyCommit } from '#app/why/why-answer.ts'
import type { ToolContext } from './tool.ts'

export interface AskedInCode {
  repository?: string | undefined
  path?: string | undefined
  line?: string | undefined
  ref?: string | undefined
  commit?: string | undefined
  limit: number
}

interface FoundInCode {
  introducing: Introducing[]
  says: string[]
  freshness: Freshness
}

/** Returns what the clone tells of lines or of a commit; null where it cannot be asked. */
export async function findInCode(
  { reader, why }: ToolContext,
  { repository, path, line, ref, commit, limit }: AskedInCode,
): Promise<FoundInCode | null> {
  if (line === undefined && ref !== undefined) throw withoutLine()
  if (line !== undefined) {
    if (repository === undefined || path === undefined || commit !== undefined) throw withoutLine()
    const lines = readLines(line)
    return foundOf(await why(reader, { repository, ref: ref ?? null, path, lines }), limit)
  }
  if (commit === undefined || path !== undefined || repository === undefined) return null
  try {
    const answer = await why(reader, { repository, ref: commit, path: null, lines: null })
    const found = foundOf(answer, limit)
    return found.introducing.length > 0 ? found : null
  } catch (error) {
    // Without code, GitHub's lists are left.
    if (error instanceof RefusedError) return null
    throw error
  }
}

function foundOf(answer: WhyAnswer, limit: number): FoundInCode {
  const { repository, oid, publishedAt, syncedUntil, ranges, commits } = answer
  const byNumber = new Map<number, Introducing['matches']>()
  const note = (of: WhyCommit, line?: number) => {
    const match = { how: line === undefined ? 'commit' : 'line', oid: of.commit.oid } as const
    const place = line === undefined ? {} : { path: answer.path ?? '', line }
    for (const { number } of of.pullRequests)
      byNumber.set(number, [...(byNumber.get(number) ?? []), { ...match, ...place }])
  }
  for (const range of ranges) note(range, range.from)
  for (const one of commits) note(one)
  const found = [...byNumber].map(([number, matches]) => ({
    ...{ repository, number, matches: matches.slice(0, 10) },
  }))
  return {
    introducing: found.slice(0, limit),
    says: sayAll(answer),
    freshness: { repository, oid, publishedAt, syncedUntil },
  }
}

function withoutLine(): RefusedError {
  return new RefusedError(
    'invalid',
    'A line needs a path and a repository, and a ref needs a line',
    'Send {"repository": "octo/repo", "path": "src/read.ts", "line": "10"}.',
  )
}
