/** Chooses the words of a pull request that explain lines of code. */
import type { readPull } from '#app/archive/pull-requests.ts'
import type { Words } from './why-answer.ts'

type Pull = NonNullable<Awaited<ReturnType<typeof readPull>>>

export interface ExplainedLines {
  /** Paths of the file, now and when it was written. */
  paths: string[]
  lines: string[]
  /** Commits that wrote them; their messages count. */
  oids: string[]
}

const MOST_WORDS = 20
const LONGEST = 4_000
/** The last lines of a hunk, which a comment is about. */
const ABOUT = 3
/** Characters of a line that is worth comparing: a brace stands everywhere. */
const SHORTEST = 2

/**
 * Returns what was said, the best first: threads on the lines, the description, the messages of the commits, the
 * issues that it closes, other threads on the file, reviews and comments.
 */
export function wordsOf(pull: Pull, { paths, lines, oids }: ExplainedLines): Words[] {
  const threads = pull.reviewThreads
    .filter(({ path }) => paths.includes(path))
    .map((thread) => threadWords(thread, lines))
  const messages = pull.commits.filter(({ oid, message }) => oids.includes(oid) && message !== '')
  const all: Words[] = [
    ...threads.filter(({ onLines }) => onLines),
    said('description', pull),
    ...messages.map(({ message, url, author }) =>
      said('commit_message', { body: message, url, author: author?.user ?? null }),
    ),
    ...pull.closingIssuesReferences.map(({ number, title, repository }) =>
      said('issue', { body: `${repository.nameWithOwner}#${number}: ${title}` }),
    ),
    ...threads.filter(({ onLines }) => !onLines),
    ...pull.reviews.map((review) => said('review', review)),
    ...pull.comments.map((comment) => said('comment', comment)),
  ]
  return all.filter(({ text }) => text.trim() !== '').slice(0, MOST_WORDS)
}

interface Said {
  body: string
  url?: string
  author?: { login: string } | null
  createdAt?: string | Date
}

function said(kind: Words['kind'], { body, url, author, createdAt }: Said): Words {
  return {
    ...{ kind, onLines: false, author: author?.login ?? null, url: url ?? null },
    createdAt: createdAt ? new Date(createdAt).toISOString() : null,
    text: body.slice(0, LONGEST),
  }
}

function threadWords({ comments }: Pull['reviewThreads'][number], lines: string[]): Words {
  const [first] = comments
  const text = comments
    .map(({ author, body }) => `${author?.login ?? 'ghost'}: ${body}`)
    .join('\n\n')
  return {
    ...said('review_thread', { ...first, body: text }),
    onLines: lines.some((line) => isAbout(first?.diffHunk ?? '', line)),
  }
}

/** A thread is about the end of the hunk that GitHub keeps with its first comment. */
export function isAbout(diffHunk: string, line: string): boolean {
  const wanted = withoutSpace(line)
  if (wanted.length < SHORTEST) return false
  const about = diffHunk.split('\n').slice(-ABOUT)
  return about.some((one) => withoutSpace(one.slice(1)) === wanted)
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '')
}
