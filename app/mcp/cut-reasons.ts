/** Splits passages into pages of limited tokens. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { RefusedError } from '#app/config/errors.server.ts'
import { countTokens } from '#app/passages/count-tokens.ts'
import type { Reason } from '#app/why/gather-reasons.ts'

/** Tokens that a passage takes besides its text: whose it is, and where. */
const HEAD = 60

const place = z.tuple([z.string(), z.number().int().min(0)])

export interface CutReason extends Reason {
  /** Characters of the text before this part. */
  from: number
  /** True if the text continues after this part. */
  isCut: boolean
}

/**
 * Returns as many passages as fit into `maxTokens`, but at least a part of one, which continues on the next page.
 *
 * @param cursor `next` of the previous page; null for the first page.
 * @throws RefusedError for an invalid cursor.
 */
export function cutReasons(
  reasons: Reason[],
  cursor: string | null,
  maxTokens: number,
): { reasons: CutReason[]; next: string | null } {
  const start = cursor === null ? { index: 0, from: 0 } : findPlace(reasons, cursor)
  const cut: CutReason[] = []
  let left = maxTokens
  let { from } = start
  for (const reason of reasons.slice(start.index)) {
    const text = fitting(reason.text.slice(from), left - HEAD)
    const isCut = from + text.length < reason.text.length
    if (cut.length > 0 && isCut) return { reasons: cut, next: cursorOf(reason, 0) }
    cut.push({ ...reason, text, from, isCut })
    if (isCut) return { reasons: cut, next: cursorOf(reason, from + text.length) }
    left -= countTokens(text) + HEAD
    from = 0
  }
  return { reasons: cut, next: null }
}

/** Returns the beginning of a text that takes no more tokens than these, and no half of a surrogate pair. */
function fitting(text: string, most: number): string {
  let part = text
  for (let tokens = countTokens(part); tokens > most; tokens = countTokens(part)) {
    const length = Math.floor((part.length * Math.max(1, most)) / (tokens + 1))
    if (length === 0) return part.slice(0, 2)
    const isHalf = /[\ud800-\udbff]/.test(part[length - 1] ?? '')
    part = part.slice(0, isHalf && length > 1 ? length - 1 : length)
  }
  return part
}

function keyOf({ repository, number, kind, text }: Reason): string {
  return createHash('sha256')
    .update(JSON.stringify([repository, number, kind, text]))
    .digest('base64url')
    .slice(0, 16)
}

function cursorOf(reason: Reason, from: number): string {
  return Buffer.from(JSON.stringify([keyOf(reason), from])).toString('base64url')
}

function findPlace(reasons: Reason[], cursor: string): { index: number; from: number } {
  const { data } = place.safeParse(readJson(cursor))
  const [key, from] = data ?? ['', 0]
  const index = reasons.findIndex((reason) => keyOf(reason) === key)
  if (index >= 0 && from <= (reasons[index]?.text.length ?? 0)) return { index, from }
  throw new RefusedError(
    'invalid',
    'cursor: does not belong to this question, or its passage no longer exists',
    'Start again without a cursor.',
  )
}

function readJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return null
  }
}
