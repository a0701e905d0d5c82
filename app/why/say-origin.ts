/** Says in words which pull request brought lines, what that rests on, and what is not known. */
import type { WhyRange } from './why-answer.ts'

type Pull = WhyRange['pullRequests'][number]

export interface SaidOrigin {
  commit: WhyRange['commit']
  pullRequests: Pull[]
  /** The commit that brought it to the default branch; null if none is known. */
  mergeOid: string | null
  /** When the history of the default branch was last read; null if it never was. */
  publishedAt: Date | null
}

/** Returns one or two sentences. */
export function sayOrigin(origin: SaidOrigin): string {
  const [first, ...others] = origin.pullRequests
  if (!first) return sayNone(origin)
  const equal = others.filter(({ evidence }) => evidence.join() === first.evidence.join())
  return [
    sayBest(first, origin),
    ...(first.state === 'MERGED' ? [] : [`It is ${first.state.toLowerCase()}, not merged.`]),
    ...(equal.length > 0 ? [`As much speaks for ${listOf(equal)}.`] : []),
  ].join(' ')
}

function sayBest({ number, evidence }: Pull, { mergeOid, commit }: SaidOrigin): string {
  const brought = short(mergeOid ?? commit.oid)
  switch (evidence[0]) {
    case 'ancestry':
      return mergeOid === commit.oid
        ? `#${number} brought it: the commit is its head, or merges it.`
        : `#${number} brought it: ${brought} merged it.`
    case 'patch_id':
      return `#${number} brought it: it makes the same change.`
    case 'merge_commit':
      return `#${number} has probably brought it: GitHub names ${brought} as its merge commit, but the changes differ.`
    case 'commits':
      return `#${number} has it among its commits. The default branch does not have it.`
    default:
      return `#${number} may have brought it: the message of ${brought} names it, and nothing else speaks for it.`
  }
}

function sayNone({ commit, mergeOid, publishedAt }: SaidOrigin): string {
  if (mergeOid !== null)
    return `Nothing speaks for a pull request: ${commit.author} pushed it directly on ${commit.authoredAt.slice(0, 10)}.`
  if (publishedAt === null)
    return 'No pull request is known: the history of the default branch has not been read yet.'
  return `No pull request is known: the default branch did not have the commit when it was read on ${publishedAt.toISOString().slice(0, 10)}.`
}

function listOf(pulls: Pull[]): string {
  return pulls.map(({ number }) => `#${number}`).join(', ')
}

function short(oid: string): string {
  return oid.slice(0, 10)
}
