/** Reads real pull requests as the passages that Whence makes of them, and the judged queries over them. */
import { readFileSync } from 'node:fs'
import { cleanText } from '#app/passages/clean.ts'
import type { PassageKind } from '#app/search/query/query.ts'
import { passagesOf } from '#app/search/write/index-passages.ts'
import type { Authored } from '#app/search/write/parts.ts'
import type { Archive, ArchivedPull } from '#test/github/sources/archive-format.ts'
import { readArchives } from '#test/github/sources/read-archives.ts'

export interface CorpusPassage {
  /** `owner/name#number` */
  pullRequest: string
  kind: PassageKind
  part: number
  text: string
  path: string | null
  /** The oid of a commit; null for other kinds. */
  oid: string | null
  author: string | null
  createdAt: string
}

/** A query whose relevant hits are pull requests, `owner/name#number`. */
export interface JudgedQuery {
  repository: string
  by: 'title' | 'body'
  text: string
  relevant: string[]
}

/** Repositories of working groups that write in Markdown (`github`), and a C library (`code`). */
export type CorpusName = 'github' | 'code'

const JUDGED = { github: 'issues-to-pulls', code: 'code-issues-to-pulls' }

export function readCorpus(folder: string, name: CorpusName = 'github'): CorpusPassage[] {
  return readArchives(`${folder}/${name}`).flatMap((archive) =>
    archive.pulls.flatMap((pull) => passagesOfPull(archive, pull)),
  )
}

function passagesOfPull(archive: Archive, pull: ArchivedPull): CorpusPassage[] {
  const passages: CorpusPassage[] = []
  const add = (
    kind: PassageKind,
    said: Pick<Authored, 'createdAt'> & { author: string | null },
    text: string,
    place: { path?: string; oid?: string } = {},
  ) => {
    const { author, createdAt } = said
    const row = { kind, sourceId: '', text: cleanText(text), authorId: author, url: '', createdAt }
    const origin = { repositoryId: archive.repo, pullRequest: pull.id, readAt: '' }
    for (const { part, text } of passagesOf(row, origin))
      passages.push({
        pullRequest: `${archive.repo}#${pull.number}`,
        kind,
        part,
        text,
        path: place.path ?? null,
        oid: place.oid ?? null,
        author,
        createdAt,
      })
  }
  add('description', pull, `${pull.title}\n\n${pull.body}`)
  for (const { oid, message, committedDate, authorLogin } of pull.commits)
    add('commit', { author: authorLogin, createdAt: committedDate }, message, { oid })
  for (const review of pull.reviews) add('review', review, review.body)
  for (const { path, comments } of pull.threads)
    for (const comment of comments) add('review_comment', comment, comment.body, { path })
  for (const comment of pull.comments) add('comment', comment, comment.body)
  return passages
}

export function readJudged(folder: string, name: CorpusName = 'github'): JudgedQuery[] {
  const file = readFileSync(`${folder}/relevance/${JUDGED[name]}.json`, 'utf8')
  const { queries } = JSON.parse(file) as {
    queries: { repo: string; title: string; body: string; relevant: number[] }[]
  }
  return queries.flatMap(({ repo, relevant, ...texts }) =>
    (['title', 'body'] as const)
      .filter((by) => texts[by].trim() !== '')
      .map((by) => ({
        repository: repo,
        by,
        text: texts[by],
        relevant: relevant.map((number) => `${repo}#${number}`),
      })),
  )
}
