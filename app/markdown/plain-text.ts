// Control and invisible characters, which can drive a terminal, reverse lines or hide words. Line ends,
// tabs, and the joiners that emoji and some scripts need are kept.
const HIDDEN = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}]/gu

/** Strips user text down to visible characters, for a terminal or a model. */
export function plainText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(HIDDEN, '')
}
