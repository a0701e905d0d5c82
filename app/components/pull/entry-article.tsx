import type { ReactNode } from 'react'
import { BotBadge } from '../elements/bot-badge.tsx'
import { Day } from '../elements/moment.tsx'
import { OutwardLink } from '../elements/outward-link.tsx'
import { countText } from '../elements/time-text.ts'
import { plainWords } from './pull-header.tsx'
import type { ShownEntry } from './render-page.server.ts'

const WORDS = {
  description: 'wrote the description',
  comment: 'commented',
  review_comment: 'commented',
  commit: 'committed',
} as const

const VERDICTS: Record<string, string> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'requested changes',
  COMMENTED: 'reviewed',
  DISMISSED: 'reviewed (since dismissed)',
  PENDING: 'started a review',
}

interface EntryProps {
  entry: ShownEntry
  now: string
}

export function EntryArticle({ entry, now }: EntryProps) {
  const { anchor, rendered, kind } = entry
  if (kind === 'commit') return <CommitLine entry={entry} now={now} />
  return (
    <article
      id={anchor}
      aria-labelledby={`by-${anchor}`}
      className="scroll-mt-4 rounded-lg border border-line bg-surface target:border-accent"
    >
      <Byline entry={entry} now={now} />
      {rendered && rendered.html !== '' && (
        <div className="px-4 pt-1 pb-4 sm:px-5">
          <Text rendered={rendered} />
        </div>
      )}
    </article>
  )
}

/** The comments of a thread that stand on one page, below the lines that they are about. */
export function ThreadSection({ entries, now }: { entries: ShownEntry[]; now: string }) {
  const [first] = entries
  const thread = first?.thread
  if (!first || !thread) return null
  const place = thread.line === null ? thread.path : `${thread.path}:${thread.line}`
  return (
    <section
      aria-labelledby={`thread-${first.anchor}`}
      className="ml-3 rounded-lg border border-line bg-surface sm:ml-8"
    >
      <h2
        id={`thread-${first.anchor}`}
        className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 pt-3 text-sm text-soft sm:px-5"
      >
        <span className="sr-only">Thread at </span>
        <code className="text-ink">{place}</code>
        <span>{thread.isResolved ? 'resolved' : 'open'}</span>
        {thread.isOutdated && <span>outdated</span>}
      </h2>
      {first.diffHunk && <Hunk diff={first.diffHunk} />}
      <div className="divide-y divide-line">
        {entries.map((entry) => (
          <article
            key={entry.anchor}
            id={entry.anchor}
            aria-labelledby={`by-${entry.anchor}`}
            className="scroll-mt-4 target:bg-sunken"
          >
            <Byline entry={entry} now={now} level="h3" />
            <div className="px-4 pb-3 sm:px-5">
              {entry.rendered && <Text rendered={entry.rendered} />}
            </div>
          </article>
        ))}
      </div>
    </section>
  )
}

const HUNK_LINES = 4
const HUNK_WIDTH = 300

/** The end of it, where the line is that is spoken of. */
function Hunk({ diff }: { diff: string }) {
  const lines = diff.split('\n').slice(-HUNK_LINES)
  const text = lines.map((line) => line.slice(0, HUNK_WIDTH)).join('\n')
  return (
    <pre className="mx-4 mt-2 rounded-sm bg-sunken px-3 py-2 font-mono text-[0.8125rem] leading-relaxed whitespace-pre-wrap wrap-anywhere text-soft sm:mx-5">
      {text}
    </pre>
  )
}

function Byline({ entry, now, level: Level = 'h2' }: EntryProps & { level?: 'h2' | 'h3' }) {
  const { anchor, author, isBot, kind, verdict, at, isEdited, url } = entry
  const { isMinimized, minimizedReason } = entry
  const reason = minimizedReason === null ? '' : ` as ${minimizedReason}`
  const word =
    kind === 'review' ? (VERDICTS[verdict ?? ''] ?? plainWords(verdict ?? 'reviewed')) : WORDS[kind]
  return (
    <div className="flex flex-wrap items-baseline gap-x-2 px-4 pt-3 pb-1 text-sm text-soft sm:px-5">
      <Level id={`by-${anchor}`} className="wrap-anywhere">
        <span className="font-semibold text-ink">{author ?? 'A deleted user'}</span>{' '}
        {isBot && (
          <>
            <BotBadge />{' '}
          </>
        )}
        <span className={verdict === 'APPROVED' ? 'text-ok' : ''}>{word}</span>
      </Level>
      <a href={`#${anchor}`} className="hover:underline">
        <Day at={at} now={now} />
      </a>
      {isEdited && <span>edited</span>}
      {isMinimized && <span className="text-warn">{`hidden on GitHub${reason}`}</span>}
      <OutwardLink href={url} className="underline-offset-4 hover:underline">
        on GitHub
      </OutwardLink>
    </div>
  )
}

/** The server made the HTML, and made it safe: app/markdown. */
function Text({ rendered }: { rendered: NonNullable<ShownEntry['rendered']> }) {
  const { html, form, left } = rendered
  return (
    <>
      {form === 'plain' && (
        <Note>
          Shown as plain text: it is too long or too complex to format.
          {left > 0 && ` ${countText(left)} more characters are on GitHub.`}
        </Note>
      )}
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: sanitizing is the last step of rendering. */}
      <div dir="auto" className="prose" dangerouslySetInnerHTML={{ __html: html }} />
    </>
  )
}

function Note({ children }: { children: ReactNode }) {
  return <p className="mb-2 text-sm text-warn">{children}</p>
}

function CommitLine({ entry, now }: EntryProps) {
  const { anchor, author, isBot, message, at, url } = entry
  const [subject = '', ...rest] = (message ?? '').split('\n')
  const body = rest.join('\n').trim()
  return (
    <div
      id={anchor}
      className="scroll-mt-4 border-l-2 border-line py-0.5 pl-4 target:border-accent sm:pl-5"
    >
      <p className="leading-relaxed wrap-anywhere">
        <OutwardLink href={url} className="underline-offset-4 hover:underline">
          <code>{anchor.slice('commit-'.length, 'commit-'.length + 7)}</code>
        </OutwardLink>{' '}
        {subject}{' '}
        <span className="text-sm text-soft">
          {author ?? 'unknown author'}
          {isBot && (
            <>
              {' '}
              <BotBadge />
            </>
          )}
          , <Day at={at} now={now} />
        </span>
      </p>
      {body !== '' && (
        <p className="mt-1 text-[0.9375rem] leading-relaxed whitespace-pre-line wrap-anywhere text-soft">
          {body}
        </p>
      )}
    </div>
  )
}
