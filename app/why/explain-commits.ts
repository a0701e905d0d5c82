/** Tells of commits which pull request brought them, and what was said there. */
import { readPull } from '#app/archive/pull-requests.ts'
import type { ScopedReader } from '#app/auth/readers.server.ts'
import type { BlamedCommit } from '#app/code/blame/blame-lines.ts'
import { findPullRequests, type Origin } from '#app/code/history/find-pull-requests.ts'
import type { IngestedRepository } from './find-ingested.ts'
import { sayOrigin } from './say-origin.ts'
import type { WhyCommit } from './why-answer.ts'
import { type ExplainedLines, wordsOf } from './words-of-pull.ts'

/** Pull requests of one answer whose words are read. */
const MOST_READ = 3

/** Returns where commits came from, by oid. */
export async function originsOf(
  reader: ScopedReader,
  { id: repositoryId }: IngestedRepository,
  commits: BlamedCommit[],
): Promise<Map<string, Origin>> {
  const oids = [...new Set(commits.map(({ oid }) => oid))]
  const origins = await reader.run((db) =>
    findPullRequests(db, reader.scope, { repositoryId, oids }),
  )
  return new Map(origins.map((origin) => [origin.oid, origin]))
}

/** Describes a commit, without words. */
export function describeCommit(found: BlamedCommit, origin: Origin | undefined): WhyCommit {
  const { mergeOid = null, publishedAt = null, pullRequests: pulls = [] } = origin ?? {}
  const commit = shownCommit(found)
  const own = pulls[0]?.commitOid ?? null
  const pullRequests = pulls.map(({ number, title, state, url, evidence }) => ({
    ...{ number, title, state, url, evidence },
  }))
  const isDirect = mergeOid !== null && pulls.length === 0
  return {
    ...{ commit, pullRequests, says: sayOrigin({ commit, pullRequests, mergeOid, publishedAt }) },
    rebasedFrom: own === commit.oid ? null : own,
    pushedDirectly: isDirect ? { by: commit.author, at: commit.authoredAt } : null,
    words: [],
  }
}

export function shownCommit({ authoredAt, ...commit }: BlamedCommit): WhyCommit['commit'] {
  return { ...commit, authoredAt: authoredAt.toISOString() }
}

/** Something to explain, and what its words are about. */
export interface Unexplained {
  of: WhyCommit
  about: Omit<ExplainedLines, 'oids'> & { oids?: string[] }
}

/** Adds what was said in the first pull requests of the answer. */
export async function addWords(
  reader: ScopedReader,
  { fullName }: IngestedRepository,
  all: Unexplained[],
): Promise<void> {
  const numbers = new Set(all.flatMap(({ of }) => of.pullRequests[0]?.number ?? []))
  for (const number of [...numbers].slice(0, MOST_READ)) {
    const pull = await reader.run((db) => readPull(db, reader.scope, { fullName, number }))
    if (!pull) continue
    for (const { of, about } of all) {
      if (of.pullRequests[0]?.number !== number) continue
      const oids = [of.commit.oid, of.rebasedFrom ?? '', ...(about.oids ?? [])]
      of.words = wordsOf(pull, { ...about, oids })
    }
  }
}
