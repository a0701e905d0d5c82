// Control characters and invisible ones: they drive a terminal, turn lines around, or hide words.
// Line ends, tabs, and the joiners that emoji and some scripts are written with may stay.
const HIDDEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}]/gu

/** What somebody wrote as nothing but text, for a terminal or a model. */
export function plainText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(HIDDEN, '')
}
