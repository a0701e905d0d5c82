// Our own colors and the erased line of the progress; and what else can drive a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const CONTROL = /(\u001b\[(?:\d{1,2}(?:;\d{1,2})?m|2K))|(?![\n\t\r])\p{Cc}/gu

/** Removes control characters, which texts of others may contain, from what is printed. Colors stay. */
export function terminalText(text: string): string {
  return text.replace(CONTROL, (_, ours: string | undefined) => ours ?? '')
}
