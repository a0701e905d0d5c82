/** Markup that is safe to send; everything else is text and is escaped. */
export interface Html {
  html: string
}

type Part = Html | string | number | null | undefined | Part[]

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Returns markup; the values between the parts of the template are escaped unless they are markup. */
export function html(parts: TemplateStringsArray, ...values: Part[]): Html {
  return { html: parts.reduce((all, part, index) => all + part + write(values[index]), '') }
}

function write(part: Part): string {
  if (part === null || part === undefined) return ''
  if (Array.isArray(part)) return part.map(write).join('')
  if (typeof part === 'object') return part.html
  return String(part).replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)
}

/** Returns a link; each step of the path is encoded. */
export function link(path: (string | number)[], text: string): Html {
  return html`<a href="/${path.map((step) => encodeURIComponent(step)).join('/')}">${text}</a>`
}

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1rem }
header { color: #555; border-bottom: 1px solid #bbb }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
article { border-top: 1px solid #ddd; overflow-wrap: anywhere }
article:target, code:target { background: #fff3c4 }
h1, li { overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) {
  body { background: #111; color: #ddd } a { color: #8cf } header { color: #aaa }
  article:target, code:target { background: #432 }
}`

export function pageOf(title: string, content: Html): string {
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${{ html: STYLE }}</style></head>
<body><header><a href="/">The stand-in for GitHub</a></header>
<main><h1>${title}</h1>${content}</main></body>
</html>
`
  return page.html
}
