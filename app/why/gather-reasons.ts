/** Gathers the passages that give the reason for code, or that answer a question. */
import { readCopiedUntil } from '#app/archive/repositories.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { Search } from '#app/search/present/answer.ts'
import type { Why, WhyRequest } from './explain-lines.ts'
import type { WhyAnswer, WhyCommit } from './why-answer.ts'

/** A passage, and the pull request that it is of. */
export interface Reason {
  repository: string
  number: number
  kind: string
  /** True for a review thread about the very lines. */
  onLines: boolean
  author: string | null
  createdAt: string | null
  url: string | null
  text: string
}

/** How fresh an answer is. */
export interface Freshness {
  repository: string
  /** Commit of the code that was read; null where none was. */
  oid: string | null
  /** When the history of its default branch was read. */
  publishedAt: string | null
  /** Until when the copy of its pull requests is complete. */
  syncedUntil: string | null
}

export interface Reasons {
  /** What is certain of the code, and what is not, in sentences. */
  says: string[]
  /** The best first. */
  reasons: Reason[]
  freshness: Freshness[]
}

/** Pull requests of a question. */
const MOST_HITS = 10

/** @throws RefusedError for what is not there, or out of scope. */
export async function reasonsOfCode(
  why: Why,
  reader: ScopedReader,
  request: WhyRequest,
): Promise<Reasons> {
  const answer = await why(reader, request)
  const { repository, oid, publishedAt, syncedUntil } = answer
  const reasons = [...answer.ranges, ...answer.commits].flatMap(({ pullRequests, words }) =>
    words.map((word) => ({ repository, number: pullRequests[0]?.number ?? 0, ...word })),
  )
  return {
    says: sayAll(answer),
    reasons: distinct(reasons),
    freshness: [{ repository, oid, publishedAt, syncedUntil }],
  }
}

/** @param question as for a search, with qualifiers. */
export async function reasonsOfQuestion(
  search: Search,
  reader: ScopedReader,
  question: string,
): Promise<Reasons> {
  const { hits, warnings } = await search(reader, {
    ...{ query: question, mode: 'auto', limit: MOST_HITS },
  })
  const reasons = hits.flatMap((hit) =>
    hit.kind === 'pull_request'
      ? hit.passages.map(({ kind, author, createdAt, url, text }) => ({
          ...{ repository: hit.repository, number: hit.number, kind: String(kind) },
          ...{ onLines: false, author, createdAt, url, text },
        }))
      : [],
  )
  const names = [...new Set(hits.map(({ repository }) => repository))]
  const copied = await reader.run((db) => readCopiedUntil(db, reader.scope, names))
  return {
    says: warnings,
    reasons: distinct(reasons),
    freshness: copied.map(({ repository, syncedUntil }) => ({
      ...{ repository, oid: null, publishedAt: null },
      syncedUntil: syncedUntil?.toISOString() ?? null,
    })),
  }
}

/** Says of lines and commits which pull request brought them, and how sure that is. */
export function sayAll({ ranges, commits }: WhyAnswer): string[] {
  return [
    ...ranges.map(({ from, to, inside, ...range }) => {
      const place = from === to ? `Line ${from}` : `Lines ${from} to ${to}`
      const within = inside.map(({ commit }) => commit.oid.slice(0, 10))
      const squashed =
        within.length > 0 ? ` Inside it: ${[...new Set(within)].slice(0, 5).join(', ')}.` : ''
      return `${place}: ${sayCommit(range)}${squashed}`
    }),
    ...commits.map(sayCommit),
  ]
}

function sayCommit({ commit, says }: WhyCommit): string {
  return `commit ${commit.oid.slice(0, 10)} of ${commit.authoredAt.slice(0, 10)}. ${says}`
}

/** One text may explain several lines. */
function distinct(reasons: Reason[]): Reason[] {
  const seen = new Map<string, Reason>()
  for (const reason of reasons) {
    const key = JSON.stringify([reason.repository, reason.number, reason.kind, reason.text])
    const known = seen.get(key)
    if (!known) seen.set(key, reason)
    else if (reason.onLines) known.onLines = true
  }
  return [...seen.values()]
}
