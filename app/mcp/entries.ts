/** Reads pages of a conversation for agents, with only the texts that a page may hold. */
import { readTexts } from '#app/archive/conversation.ts'
import type * as archive from '#app/archive/timeline.ts'
import type { ReadablePullRequestId } from '#app/auth/readable.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import { cutEntries, HEAD, type McpEntry, readPlace } from './conversation.ts'

/** @throws RefusedError for an invalid cursor. */
export async function readPage(
  db: Queryable,
  pullRequestId: ReadablePullRequestId,
  entries: archive.ConversationEntry[],
  { cursor = null, maxCharacters }: { cursor?: string | null; maxCharacters: number },
): Promise<ReturnType<typeof cutEntries>> {
  const id = cursor === null ? null : readPlace(cursor)[0]
  const start = entries.findIndex((entry) => id === null || entry.id === id)
  const part = partFor(entries.slice(start), maxCharacters)
  const texts = await readTexts(db, pullRequestId, part)
  const read = new Set(part)
  const found = entries.map((entry) => {
    const text = read.has(entry) ? (texts.get(entry.id)?.text ?? '') : null
    return cutEntry(entry, text)
  })
  return cutEntries(found, cursor, maxCharacters)
}

/** Returns the entries that may fit, given at most three bytes per UTF-16 unit; the first may fit in part. */
function partFor(
  entries: archive.ConversationEntry[],
  maxCharacters: number,
): archive.ConversationEntry[] {
  let least = 0
  const end = entries.findIndex(({ size }, index) => {
    if (least > maxCharacters) return true
    least += HEAD + (index === 0 ? 0 : size / 3)
    return false
  })
  return end < 0 ? entries : entries.slice(0, end)
}

function cutEntry(entry: archive.ConversationEntry, text: string | null): McpEntry {
  const { id, kind, author, isBot, at, url, isMinimized, minimizedReason, verdict, thread } = entry
  return {
    ...{ id, kind, isBot, createdAt: at, url, isMinimized, minimizedReason, state: verdict, text },
    author: author ?? (kind === 'commit' ? 'ghost' : null),
    thread: thread?.id ?? null,
    path: thread?.path ?? null,
    line: thread?.line ?? null,
    isResolved: thread?.isResolved ?? null,
  }
}
