/** A page without routes or assets, so that it can be shown to visitors without access. */
export interface PlainPage {
  title: string
  paragraphs: string[]
  nonce: string
}

const STYLE = `:root{color-scheme:light dark}
body{margin:0;padding:12vh 1.25rem 2rem;font:1rem/1.6 system-ui,sans-serif;background:#f6f7f7;color:#17201e}
main{max-width:34rem;margin:0 auto}h1{font-size:1.375rem;line-height:1.3;margin:0 0 1rem}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{background:#101514;color:#e5ebe9}}`

/** Renders the page. Text between backticks in a paragraph becomes code; everything else is plain text. */
export function plainPage({ title, paragraphs, nonce }: PlainPage): string {
  const body = paragraphs.map((text) => `<p>${withCode(escapeHtml(text))}</p>`).join('\n')
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
${body}
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
