import type { WhyAnswer, WhyCommit, WhyRange } from '#app/why/why-answer.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import type { AskedWhy, Backend } from './backend.ts'
import { print } from './context.ts'

export type WhyOptions = AskedWhy & { json: boolean }

/** Shows which pull request brought each line, and what was said about it. */
export async function why(
  terminal: Terminal,
  backend: Backend,
  { json, ...asked }: WhyOptions,
): Promise<number> {
  const answer = await backend.why(asked)
  await print(terminal, json ? JSON.stringify(answer, null, 2) : render(answer))
  return 0
}

function render({ repository, path, oid, ranges, commits }: WhyAnswer): string {
  const head = `${repository}${path === null ? '' : ` ${path}`} at ${oid.slice(0, 10)}`
  return [
    head,
    ...ranges.map((range) => renderOrigin(range, repository, placeOf(range))),
    ...commits.map((one) => renderOrigin(one, repository, one.commit.oid.slice(0, 10))),
  ].join('\n\n')
}

function placeOf({ from, to }: WhyRange): string {
  return from === to ? `Line ${from}` : `Lines ${from} to ${to}`
}

function renderOrigin(of: WhyCommit | WhyRange, repository: string, place: string): string {
  const { commit, pullRequests, says, words } = of
  const { inside = [], moved = [] } = 'inside' in of ? of : {}
  const [first, ...others] = pullRequests
  const day = commit.authoredAt.slice(0, 10)
  return [
    `${place}: ${first ? `${repository}#${first.number}: ${first.title}` : 'no pull request is known'}`,
    ...(first ? [`  ${first.url}`] : []),
    `  ${says}`,
    `  commit ${commit.oid.slice(0, 10)} of ${commit.author} on ${day}: ${commit.summary}`,
    ...inside.map(
      ({ from, to, commit }) =>
        `  inside ${commit.oid.slice(0, 10)} of ${commit.author}, lines ${from} to ${to}: ${commit.summary}`,
    ),
    ...moved.map(
      ({ from, to, commit, pullRequests: [wrote] }) =>
        `  moved or copied lines ${from} to ${to}, written in ${wrote ? `#${wrote.number}, ` : ''}commit ${commit.oid.slice(0, 10)} of ${commit.author}: ${commit.summary}`,
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
