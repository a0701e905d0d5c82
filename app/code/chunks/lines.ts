/** The lines of a text; all arrays have one more entry, for the end of the text. */
export interface Lines {
  text: string
  count: number
  /** Where each line starts, in UTF-16 units. */
  starts: Uint32Array
  /** Characters in front of each line that are not white space. */
  sizes: Uint32Array
}

/** A line ends with `\n`; a text that ends with one has no empty line behind it. */
export function readLines(text: string): Lines {
  const starts = [0]
  const sizes = [0]
  let size = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 32) size++
    else if (code === 10) {
      starts.push(at + 1)
      sizes.push(size)
    }
  }
  if (starts.at(-1) !== text.length) {
    starts.push(text.length)
    sizes.push(size)
  }
  return {
    text,
    count: starts.length - 1,
    starts: Uint32Array.from(starts),
    sizes: Uint32Array.from(sizes),
  }
}

/** Characters of lines [from, to) that are not white space. */
export function sizeOf({ sizes }: Lines, from: number, to: number): number {
  return (sizes[to] as number) - (sizes[from] as number)
}

/** The text of lines [from, to), without the last line break. */
export function textOf({ text, starts }: Lines, from: number, to: number): string {
  const end = starts[to] as number
  const isBroken = to > from && text.charCodeAt(end - 1) === 10
  return text.slice(starts[from], isBroken ? end - 1 : end)
}
