import { hideAll } from '#app/config/secrets.ts'

const BEGIN = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g
const END = /-----END [A-Z ]{0,40}PRIVATE KEY-----/
/** UTF-16 units of a private key at the most. */
const LONGEST_KEY = 16_384
const KEY_LINE = /[A-Za-z0-9+/=]{40,}/g
const HIDDEN = '[secret]'
/** A line with a secret has one of these; to look for them is faster than to look for all secrets. */
const HINT =
  /:\/\/|key|token|secret|passw|auth|cookie|signature|basic |bearer |code=|sha\d|sk-|gh[oprsu]_|github_pat|glpat|xox|npm_|hf_|a[ks]ia|aiza|eyj|whence_|session_/gi

/** Masks keys, tokens and passwords in source text, and keeps the number of its lines. */
export function maskSecrets(text: string): string {
  return maskLines(maskPrivateKeys(text))
}

function maskLines(text: string): string {
  const parts: string[] = []
  let from = 0
  for (const hint of text.matchAll(HINT)) {
    if (hint.index < from) continue
    const start = text.lastIndexOf('\n', hint.index) + 1
    const found = text.indexOf('\n', hint.index)
    const end = found === -1 ? text.length : found
    parts.push(text.slice(from, start), hideAll(text.slice(start, end)))
    from = end
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(from)
}

/**
 * A key in a source may be quoted, indented or joined from strings, and a sample may have no end: then only what
 * looks like a key goes, and not the code behind it.
 */
function maskPrivateKeys(text: string): string {
  if (!text.includes('PRIVATE KEY-----')) return text
  const parts: string[] = []
  let from = 0
  for (const begin of text.matchAll(BEGIN)) {
    if (begin.index < from) continue
    const rest = text.slice(begin.index, begin.index + LONGEST_KEY)
    const end = END.exec(rest)
    parts.push(text.slice(from, begin.index), HIDDEN)
    if (end) parts.push('\n'.repeat(rest.slice(0, end.index).split('\n').length - 1))
    else parts.push(rest.slice(begin[0].length).replace(KEY_LINE, HIDDEN))
    from = begin.index + (end ? end.index + end[0].length : rest.length)
  }
  return parts.join('') + text.slice(from)
}
