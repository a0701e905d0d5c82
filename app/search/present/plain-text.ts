const FENCE = /^\s{0,3}(?:`{3,}|~{3,}).*$/gm
const IMAGE = /!\[([^\]\n]{0,300})\]\([^()\s]{0,1000}(?: "[^"\n]{0,300}")?\)/g
const LINK = /\[([^[\]\n]{1,300})\]\([^()\s]{0,1000}(?: "[^"\n]{0,300}")?\)/g
const TAG =
  /<\/?(?:a|b|br|code|details|div|em|h[1-6]|hr|i|img|kbd|li|ol|p|pre|strong|sub|summary|sup|table|tbody|td|th|thead|tr|ul)(?:\s[^<>]{0,300})?\/?>/gi
const LINE_START = /^[ \t]{0,8}(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)/gm
const RULE =
  /^[ \t]{0,3}(?:[-*_][ \t]*){3,}$|^[ \t]{0,8}\|?(?:[ \t]{0,40}:?-{2,}:?[ \t]{0,40}\|)+[ \t:-]*$/gm
const ROW = /^[ \t]{0,8}\|([^\n]{1,2000})\|[ \t]*$/gm
const STRONG = /(\*\*|~~)(?=\S)([^\n]{1,300}?)(?<=\S)\1/g
const CODE = /`([^`\n]{1,300})`/g

/** Removes the marks of Markdown and HTML from a text, so that a line of it can be read. Words are kept. */
export function plainText(markdown: string): string {
  return markdown
    .replace(FENCE, '')
    .replace(RULE, '')
    .replace(ROW, (_, cells: string) => cells.split('|').map(trim).join(' · '))
    .replace(IMAGE, '$1')
    .replace(LINK, '$1')
    .replace(TAG, ' ')
    .replace(LINE_START, '')
    .replace(STRONG, '$2')
    .replace(CODE, '$1')
}

function trim(cell: string): string {
  return cell.trim()
}

/** Returns a description without the title that begins it. */
export function withoutTitle(text: string, title: string | null): string {
  const [first = '', ...rest] = text.split('\n')
  return title !== null && first.trim() === title.trim() ? rest.join('\n') : text
}
