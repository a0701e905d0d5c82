import { openReaders } from '#app/auth/readers.server.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { OperatorError, RefusedError } from '#app/config/errors.server.ts'
import { openWhy } from '#app/why/explain-lines.ts'
import { readLines, type WhyAnswer, type WhyRange } from '#app/why/why-answer.ts'
import { type CommandContext, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface WhyOptions {
  /** `owner/name`. */
  repo: string
  path: string
  /** `10` or `10-20`. */
  line: string
  ref?: string
  json: boolean
}

/** Shows which pull request brought each line, and what was said about it. */
export async function why(context: CommandContext, options: WhyOptions): Promise<number> {
  const { repo, path, line, ref = null, json } = options
  const answer = await withDatabase(context, async (database) => {
    const reader = openReaders(database)(operatorScope())
    const request = { repository: repo, ref, path, lines: readLines(line) }
    return openWhy(context.config)(reader, request).catch((error: unknown) => {
      if (!(error instanceof RefusedError)) throw error
      throw new OperatorError(error.message, error.hint, { cause: error })
    })
  })
  await print(context, json ? JSON.stringify(answer, null, 2) : render(answer))
  return 0
}

function render({ repository, path, oid, ranges }: WhyAnswer): string {
  const head = `${repository} ${path} at ${oid.slice(0, 10)}`
  return [head, ...ranges.map((range) => renderRange(range, repository))].join('\n\n')
}

function renderRange(range: WhyRange, repository: string): string {
  const { from, to, commit, pullRequests, inside, says, words } = range
  const [first, ...others] = pullRequests
  const day = commit.authoredAt.slice(0, 10)
  return [
    `${from === to ? `Line ${from}` : `Lines ${from} to ${to}`}: ${first ? `${repository}#${first.number}: ${first.title}` : 'no pull request is known'}`,
    ...(first ? [`  ${first.url}`] : []),
    `  ${says}`,
    `  commit ${commit.oid.slice(0, 10)} of ${commit.author} on ${day}: ${commit.summary}`,
    ...inside.map(
      ({ from, to, commit }) =>
        `  inside ${commit.oid.slice(0, 10)} of ${commit.author}, lines ${from} to ${to}: ${commit.summary}`,
    ),
    ...others.map(({ number, evidence }) => `  also #${number} (${evidence.join(', ')})`),
    ...words
      .slice(0, SHOWN)
      .map(
        ({ kind, author, text }) =>
          `  ${kind.replace('_', ' ')}${author ? ` of ${author}` : ''}: ${shorten(text)}`,
      ),
  ].join('\n')
}

/** Words of each range, and characters of each. */
const SHOWN = 5
const LONGEST = 400

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)} …` : line
}
