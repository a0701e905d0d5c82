import { setImmediate } from 'node:timers/promises'
import type { Texts } from '#app/archive/conversation.ts'
import { type ConversationEntry, pageStarts } from '#app/archive/timeline.ts'
import { referencesIn } from '#app/markdown/references.ts'
import { type Rendered, renderMarkdown } from '#app/markdown/render.server.ts'

export interface ShownEntry extends ConversationEntry {
  /** The commented lines; thread comments only. */
  diffHunk: string | null
  /** The commit message, not sanitized; commits only. */
  message: string | null
  /** The rendered text of any other entry. */
  rendered: Rendered | null
}

export interface ConversationPage {
  entries: ShownEntry[]
  /** Half-open range of the shown entries among all entries. */
  from: number
  until: number
  total: number
  /** Index at which the previous or next page starts. */
  previous: number | null
  next: number | null
}

interface WantedPage {
  from: number | null
  /** Anchor of an entry whose page is requested. */
  at: string | null
}

interface Source {
  /** URL of the repository on GitHub. */
  repositoryUrl: string
  readTexts(entries: ConversationEntry[]): Promise<Texts>
  /** Returns which of the named pull requests are in the copy. */
  readCopied(names: string[]): Promise<ReadonlySet<string>>
}

/** Maximum length of a shown commit message, in UTF-16 units. */
const MESSAGE = 20_000
/** The most references of a page that are looked up; the others lead to GitHub. */
const MOST_REFERENCES = 1_000
// Time limit for rendering the Markdown of one page; the remaining texts are shown as plain text.
const LONGEST_MS = 1_500

/**
 * Renders the requested page of a conversation, by default the first; yields to other requests in between.
 */
export async function renderPage(
  entries: ConversationEntry[],
  wanted: WantedPage,
  { repositoryUrl, readTexts, readCopied }: Source,
): Promise<ConversationPage> {
  const starts = pageStarts(entries)
  const index = indexOf(entries, wanted)
  const page = starts.findLastIndex((start) => start <= index)
  const [from = 0, until = entries.length] = starts.slice(page)
  const previous = starts[page - 1] ?? null
  const next = starts[page + 1] ?? null
  const part = entries.slice(from, until)
  const texts = await readTexts(part)
  const copied = await readCopied(referencedIn(texts, repositoryUrl))
  const shown = await layOutAll(part, texts, { repositoryUrl, copied })
  return { entries: shown, from, until, total: entries.length, previous, next }
}

function referencedIn(texts: Texts, repositoryUrl: string): string[] {
  const names = [...texts.values()].flatMap(({ text }) => referencesIn(text, repositoryUrl))
  return [...new Set(names)].slice(0, MOST_REFERENCES)
}

function indexOf(entries: ConversationEntry[], { from, at }: WantedPage): number {
  const named = at === null ? -1 : entries.findIndex(({ anchor }) => anchor === at)
  return named === -1 ? (from ?? 0) : named
}

async function layOutAll(
  entries: ConversationEntry[],
  texts: Texts,
  targets: { repositoryUrl: string; copied: ReadonlySet<string> },
): Promise<ShownEntry[]> {
  const shown: ShownEntry[] = []
  let spent = 0
  for (const entry of entries) {
    const text = texts.get(entry.id) ?? { text: '', diffHunk: null }
    const { diffHunk } = text
    if (entry.kind === 'commit') {
      shown.push({ ...entry, diffHunk, message: text.text.slice(0, MESSAGE), rendered: null })
      continue
    }
    const start = performance.now()
    const place = { anchor: entry.anchor, ...targets, isPlain: spent > LONGEST_MS }
    shown.push({ ...entry, diffHunk, message: null, rendered: renderMarkdown(text.text, place) })
    spent += performance.now() - start
    await setImmediate()
  }
  return shown
}
