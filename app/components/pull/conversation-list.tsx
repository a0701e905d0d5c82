import { LINK } from '../elements/outward-link.tsx'
import { countText } from '../elements/time-text.ts'
import { EntryArticle, ThreadSection } from './entry-article.tsx'
import type { ConversationPage, ShownEntry } from './render-page.server.ts'

/** A page of the conversation, in reading order. */
export function ConversationList({
  conversation,
  now,
}: {
  conversation: ConversationPage
  now: string
}) {
  return (
    <>
      <Pages {...conversation} />
      <ol className="space-y-4">
        {groupsOf(conversation.entries).map(([first, ...more]) => (
          <li key={first.anchor}>
            {first.thread ? (
              <ThreadSection entries={[first, ...more]} now={now} />
            ) : (
              <EntryArticle entry={first} now={now} />
            )}
          </li>
        ))}
      </ol>
      <Pages {...conversation} />
    </>
  )
}

/** Groups consecutive entries of one thread; any other entry is a group of its own. */
function groupsOf(entries: ShownEntry[]): [ShownEntry, ...ShownEntry[]][] {
  const groups: [ShownEntry, ...ShownEntry[]][] = []
  for (const entry of entries) {
    const last = groups.at(-1)
    const isSame = last?.[0].thread && last[0].thread.id === entry.thread?.id
    if (last && isSame) last.push(entry)
    else groups.push([entry])
  }
  return groups
}

function Pages({ from, until, total, previous, next }: Omit<ConversationPage, 'entries'>) {
  if (previous === null && next === null) return null
  return (
    <p className="my-5 flex flex-wrap items-baseline gap-x-5 gap-y-1 text-[0.9375rem]">
      <span className="text-soft">
        Entries {countText(from + 1)} to {countText(until)} of {countText(total)}
      </span>
      {previous !== null && (
        <a href={`?from=${previous}`} rel="prev" className={LINK}>
          Earlier
        </a>
      )}
      {next !== null && (
        <a href={`?from=${next}`} rel="next" className={LINK}>
          Later
        </a>
      )}
    </p>
  )
}
