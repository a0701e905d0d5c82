import { pullStateOf } from '#app/archive/pull-state.ts'
import { pluralText, relativeText } from '#app/components/elements/time-text.ts'
import { plainText } from '#app/markdown/plain-text.ts'
import type { FoundPassage, Hit, SearchAnswer } from '#app/search/present/answer.ts'

export interface SearchLook {
  /** True if matches are highlighted with terminal escape codes. */
  color: boolean
  now: string
}

const BOLD = '\u001b[1m'
const FOUND = '\u001b[1;33m'
const DIM = '\u001b[2m'
const RESET = '\u001b[0m'
/** Length of the excerpt of a passage, in characters, around the first match. */
const SHOWN_HITS = 300
const BEFORE = 80

const KINDS: Record<FoundPassage['kind'], string> = {
  repository: 'repository',
  description: 'description',
  comment: 'comment',
  review: 'review',
  review_comment: 'review comment',
  commit: 'commit',
  issue: 'closing issue',
}

/** Renders an answer for a terminal. Control characters in user content are removed: see `plainText`. */
export function renderAnswer(answer: SearchAnswer, look: SearchLook): string {
  const { hits, total, next } = answer
  if (hits.length === 0) return 'No results.'
  const count = pluralText(total.count, 'hit')
  const more = next === null ? '' : `; for more, add --cursor ${plainText(next)}`
  const head = `${total.isExact ? '' : 'more than '}${count}, ${hits.length} shown${more}`
  return [...hits.map((hit) => renderHit(hit, look)), head].join('\n\n')
}

export function renderWarnings({ warnings }: SearchAnswer): string[] {
  return warnings.map((warning) => `Warning: ${oneLine(warning)}`)
}

function renderHit(hit: Hit, look: SearchLook): string {
  const place = hit.kind === 'repository' ? hit.repository : `${hit.repository}#${hit.number}`
  const facts =
    hit.kind === 'repository'
      ? ['repository']
      : [place, pullStateOf(hit), `by ${nameOf(hit.author)}`]
  const title = hit.kind === 'repository' ? place : hit.title
  return [
    paint(oneLine(title), BOLD, look),
    `  ${oneLine([...facts, relativeText(hit.createdAt, look.now)].join(', '))}`,
    `  ${paint(oneLine(hit.url), DIM, look)}`,
    ...hit.passages.flatMap((passage) => renderPassage(passage, look)),
  ].join('\n')
}

function renderPassage(passage: FoundPassage, look: SearchLook): string[] {
  const { kind, author, createdAt, path, line } = passage
  const place = path === null ? [] : [`${path}${line === null ? '' : `:${line}`}`]
  const age = relativeText(createdAt, look.now)
  const head = oneLine([KINDS[kind], `by ${nameOf(author)}`, ...place, age].join(', '))
  return [`    ${paint(head, DIM, look)}`, ...partOf(passage, look).map((text) => `      ${text}`)]
}

/** Returns the lines of the excerpt around the first match, with the matches highlighted. */
function partOf({ text, highlights }: FoundPassage, look: SearchLook): string[] {
  const start = Math.max(0, (highlights[0]?.[0] ?? 0) - BEFORE)
  const end = Math.min(text.length, start + SHOWN_HITS)
  let painted = start > 0 ? '…' : ''
  let place = start
  for (const [from, until] of highlights) {
    if (from < place || until > end) continue
    painted += plainText(text.slice(place, from))
    painted += paint(plainText(text.slice(from, until)), FOUND, look)
    place = until
  }
  painted += plainText(text.slice(place, end)) + (end < text.length ? '…' : '')
  return painted
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

function nameOf(author: string | null): string {
  return author ?? 'ghost'
}

function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim()
}

function paint(text: string, code: string, { color }: SearchLook): string {
  return color && text !== '' ? `${code}${text}${RESET}` : text
}
