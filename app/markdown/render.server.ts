/** What people wrote, as HTML. It is hostile until the last step: nothing changes it afterwards. */
import rehypeRaw from 'rehype-raw'
import rehypeSanitize from 'rehype-sanitize'
import rehypeStringify from 'rehype-stringify'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import remarkRehype from 'remark-rehype'
import { unified } from 'unified'
import { SCHEMA } from './schema.ts'
import { type Place, settleElements } from './settle-elements.ts'
import type { Tree } from './tree.ts'
import { isLight } from './weigh.ts'

export interface Rendered {
  /** Safe to be put into a page as it is. */
  html: string
  /** `plain` where the text was too long or too intricate and stands there as it was written. */
  form: 'markdown' | 'plain'
  /** How much of it is not there, UTF-16 units: what is very long is cut. */
  left: number
}

interface Options {
  anchor: string
  /** On GitHub. */
  repositoryUrl: string
  isPlain?: boolean
}

/** Of a plain text, UTF-16 units. */
const SHOWN = 65_536

/**
 * GitHub-flavoured markdown as HTML, in bounded time and whatever the text. Images become links,
 * comments are dropped, ids begin with `user-content-` and the anchor.
 *
 * @param anchor of the place where it will stand; differs from text to text on one page.
 * @param isPlain leaves the text as it was written.
 */
export function renderMarkdown(
  text: string,
  { anchor, repositoryUrl, isPlain = false }: Options,
): Rendered {
  const html =
    !isPlain && isLight(text)
      ? layOut(text, { prefix: `user-content-${anchor}-`, repositoryUrl })
      : null
  return html === null ? plain(text) : { html, form: 'markdown', left: 0 }
}

function layOut(text: string, place: Place): string | null {
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
    // The stack is what a text that is nested in some new way would exhaust.
    if (error instanceof RangeError) return null
    throw error
  }
}

function plain(text: string): Rendered {
  // A sign of two units is not cut in half.
  const shown = text.length > SHOWN ? text.slice(0, SHOWN).replace(/[\uD800-\uDBFF]$/, '') : text
  const html = `<p class="plain">${escapeText(shown)}</p>`
  return { html, form: 'plain', left: text.length - shown.length }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)
}
