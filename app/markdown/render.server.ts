/**
 * Renders user text as HTML. The text is untrusted until the last step, and nothing changes it afterwards.
 */
import rehypeRaw from 'rehype-raw'
import rehypeSanitize from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { SCHEMA } from './schema.ts'
import { type ElementPlace, settleElements } from './settle-elements.ts'
import type { Tree } from './tree.ts'
import { isLight } from './weigh.ts'

export interface Rendered {
  /** Safe to insert into a page without escaping. */
  html: string
  /** `plain` if the text was too long or too complex and is shown as written. */
  form: 'markdown' | 'plain'
  /** Number of UTF-16 units cut off; very long texts are truncated. */
  left: number
}

interface Options {
  anchor: string
  /** The repository's URL on GitHub. */
  repositoryUrl: string
  /** The pull requests that links lead to on our own pages, `owner/name#number` in lower case. */
  copied?: ReadonlySet<string>
  isPlain?: boolean
}

/** Maximum length of plain text in UTF-16 units. */
const SHOWN = 65_536

/**
 * Renders GitHub-flavoured Markdown as HTML in bounded time, whatever the text. Images become links,
 * comments are dropped, and ids start with `user-content-` and the anchor.
 *
 * @param anchor of the place in the page; must differ between the texts of a page.
 * @param isPlain true to show the text as written.
 */
export function renderMarkdown(
  text: string,
  { anchor, repositoryUrl, copied = new Set(), isPlain = false }: Options,
): Rendered {
  const html =
    !isPlain && isLight(text)
      ? layOutBlocks(text, { prefix: `user-content-${anchor}-`, repositoryUrl, copied })
      : null
  return html === null ? plain(text) : { html, form: 'markdown', left: 0 }
}

function layOutBlocks(text: string, place: ElementPlace): string | null {
  try {
    return String(
      unified()
        .use(remarkParse)
        .use(remarkGfm)
        .use(remarkRehype, { allowDangerousHtml: true, clobberPrefix: '' })
        .use(rehypeRaw)
        .use(() => (tree: Tree) => settleElements(tree, place))
        .use(rehypeSanitize, { ...SCHEMA, clobberPrefix: place.prefix })
        .use(rehypeStringify)
        .processSync(text),
    )
  } catch (error) {
    // Unforeseen nesting can exhaust the stack.
    if (error instanceof RangeError) return null
    throw error
  }
}

function plain(text: string): Rendered {
  // Does not cut a surrogate pair in half.
  const shown = text.length > SHOWN ? text.slice(0, SHOWN).replace(/[\uD800-\uDBFF]$/, '') : text
  const html = `<p class="plain">${escapeText(shown)}</p>`
  return { html, form: 'plain', left: text.length - shown.length }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)
}
