import type { Link } from './refusal.ts'

/** A page without routes or assets, so that it can be shown to visitors without access. */
export interface PlainPage {
  title: string
  paragraphs: string[]
  /** Shown below the text; the first as a button. */
  links?: Link[]
  nonce: string
}

const STYLE = `:root{color-scheme:light dark}
body{margin:0;padding:12vh 1.25rem 2rem;font:1rem/1.6 system-ui,sans-serif;background:#f6f7f7;color:#17201e}
main{max-width:34rem;margin:0 auto}h1{font-size:1.375rem;line-height:1.3;margin:0 0 1rem}
a{color:inherit;text-underline-offset:.25em}
ul{list-style:none;margin:1.5rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.75rem 1.5rem;align-items:center}
li a{display:inline-block;padding:.6rem 0}
li:first-child a{padding:.6rem 1.25rem;border-radius:.375rem;background:#17201e;color:#fff;font-weight:500;text-decoration:none}
a:focus-visible{outline:3px solid #2f7d6d;outline-offset:2px}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{background:#101514;color:#e5ebe9}
li:first-child a{background:#e5ebe9;color:#101514}a:focus-visible{outline-color:#7fcbb9}}`

/** Renders the page. Text between backticks in a paragraph becomes code; everything else is plain text. */
export function plainPage({ title, paragraphs, links = [], nonce }: PlainPage): string {
  const body = paragraphs.map((text) => `<p>${withCode(escapeHtml(text))}</p>`).join('\n')
  const items = links.map(
    ({ href, text }) => `<li><a href="${escapeHtml(href)}">${escapeHtml(text)}</a></li>`,
  )
  const list = items.length > 0 ? `\n<ul>\n${items.join('\n')}\n</ul>` : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Whence</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}${list}
</main>
</body>
</html>
`
}

function withCode(text: string): string {
  return text.replace(/`([^`]+)`/g, '<code>$1</code>')
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => entities[character] as string)
}
