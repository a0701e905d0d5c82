/** Splits a conversation into pages of limited length. */
import { z } from 'zod'
import { RefusedError } from '#app/config/errors.server.ts'
import { authorName, plainName, type Quotation } from './quotation.ts'

/** Characters that an entry takes besides its text: author, time, location. */
export const HEAD = 200

export const cutEntry = z.object({
  id: z.string(),
  kind: z.enum(['description', 'commit', 'review', 'review_comment', 'comment']),
  author: z.string().nullable().describe('Null for a deleted user.'),
  isBot: z.boolean().describe('Whether the author is a bot.'),
  createdAt: z.string(),
  url: z.string(),
  isMinimized: z
    .boolean()
    .nullable()
    .describe('Whether it is hidden on GitHub; null where that is not known.'),
  minimizedReason: z.string().nullable(),
  state: z.string().nullable().describe('The state of a review.'),
  thread: z.string().nullable().describe('The review thread; its comments share this value.'),
  path: z.string().nullable(),
  line: z.number().int().nullable(),
  isResolved: z.boolean().nullable(),
  text: z.string(),
  from: z.number().int().describe('The number of characters of the text before this part.'),
  isCut: z.boolean().describe('Whether the text continues after this part.'),
})
export type CutEntry = z.infer<typeof cutEntry>

/** An entry to return; the text is null if it was not read, because the page has no room for it. */
export type McpEntry = Omit<CutEntry, 'text' | 'from' | 'isCut'> & { text: string | null }

const place = z.tuple([z.string(), z.number().int().min(0)])

/**
 * Returns as many entries as fit into `maxCharacters`, but at least a part of one; a text that does not fit
 * is cut and continues on the next page.
 *
 * @param cursor `next` of the previous page; null for the first page.
 * @throws RefusedError for an invalid cursor.
 */
export function cutEntries(
  entries: McpEntry[],
  cursor: string | null,
  maxCharacters: number,
): { entries: CutEntry[]; next: string | null } {
  const start = cursor === null ? { index: 0, from: 0 } : findPlace(entries, cursor)
  const cut: CutEntry[] = []
  let left = maxCharacters
  let { from } = start
  for (const { text, ...entry } of entries.slice(start.index)) {
    if (cut.length > 0 && (text === null || left < HEAD + Math.min(text.length, HEAD)))
      return { entries: cut, next: entryCursor(entry, 0) }
    const all = text ?? ''
    const until = endOfPart(all, from + Math.max(1, left - HEAD), from)
    const isCut = until < all.length
    cut.push({ ...entry, text: all.slice(from, until), from, isCut })
    if (isCut) return { entries: cut, next: entryCursor(entry, until) }
    left -= until - from + HEAD
    from = 0
  }
  return { entries: cut, next: null }
}

/** Returns the end of the part, which does not split a surrogate pair. */
function endOfPart(text: string, end: number, from: number): number {
  if (end >= text.length) return text.length
  const code = text.charCodeAt(end - 1)
  const splits = code >= 0xd800 && code <= 0xdbff
  return splits ? (end - 1 > from ? end - 1 : end + 1) : end
}

function entryCursor({ id }: { id: string }, from: number): string {
  return Buffer.from(JSON.stringify([id, from])).toString('base64url')
}

function findPlace(entries: McpEntry[], cursor: string): { index: number; from: number } {
  const [id, from] = readPlace(cursor)
  const index = entries.findIndex((entry) => entry.id === id)
  if (index >= 0 && from <= (entries[index]?.text?.length ?? 0)) return { index, from }
  throw new RefusedError(
    'invalid',
    'cursor: does not match this pull request, or its entry no longer exists',
    'Start again without a cursor.',
  )
}

export function readPlace(cursor: string): z.infer<typeof place> {
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw new RefusedError(
      'invalid',
      'cursor: is not valid',
      'Send the `next` of the previous page.',
    )
  }
}

export function entryText(entry: CutEntry, { quote }: Quotation): string {
  const { kind, author, isBot, createdAt, url, state, path, line, isResolved, from, isCut } = entry
  const { isMinimized, minimizedReason } = entry
  const facts = [
    `${kind}${state === null ? '' : ` (${state})`} by ${authorName(author, isBot)}`,
    createdAt,
    path !== null && `on ${plainName(path)}${line === null ? '' : `:${line}`}`,
    isResolved !== null && (isResolved ? 'resolved' : 'unresolved'),
    isMinimized === true && `hidden on GitHub (${plainName(minimizedReason ?? 'no reason given')})`,
    from > 0 && `continued from character ${from}`,
    isCut && 'cut: continues on the next page',
    url,
  ].filter((fact) => fact !== false)
  return `${facts.join(', ')}:\n${entry.text === '' ? '(no text)' : quote(entry.text)}`
}
