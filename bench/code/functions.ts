/** Finds documented functions, and takes their documentation out of the code: the rest has to be found by it. */
import type { SourceFile } from '#app/code/chunks/shapes.ts'

export interface FunctionQuery {
  /** The first sentence or paragraph of the documentation. */
  text: string
  path: string
  /** Line of the declaration. */
  line: number
}

export interface Undocumented {
  file: SourceFile
  queries: FunctionQuery[]
}

const FEWEST_WORDS = 4
const LONGEST_HEAD = 20

/** Blanks the documentation of functions in Python, Go and C; lines keep their numbers. */
export function takeDocumentation(file: SourceFile): Undocumented {
  const find = [
    { name: /\.py$/, find: inPython },
    { name: /\.go$/, find: beforeGo },
    { name: /\.[ch]$/, find: beforeC },
  ].find(({ name }) => name.test(file.path))?.find
  if (!find) return { file, queries: [] }
  const lines = Buffer.from(file.bytes).toString().split('\n')
  const queries: FunctionQuery[] = []
  for (let at = 0; at < lines.length; at++) {
    const found = find(lines, at)
    if (!found) continue
    const text = found.text.replace(/\s+/g, ' ').trim()
    if (text.split(' ').length >= FEWEST_WORDS)
      queries.push({ text, path: file.path, line: at + 1 })
    lines.fill('', found.first, found.last + 1)
  }
  return { file: { ...file, bytes: Buffer.from(lines.join('\n')) }, queries }
}

interface Documentation {
  text: string
  first: number
  last: number
}

function lineOf(lines: string[], at: number): string {
  return lines[at] ?? ''
}

function inPython(lines: string[], at: number): Documentation | null {
  if (!/^\s*(?:async )?def \w+/.test(lineOf(lines, at))) return null
  let head = at
  while (head < at + LONGEST_HEAD && !/:\s*(?:#.*)?$/.test(lineOf(lines, head))) head++
  const first = head + 1
  const start = /^\s*r?"""(.*)$/.exec(lineOf(lines, first))?.[1]
  if (start === undefined) return null
  let last = first
  if (!start.trimEnd().endsWith('"""'))
    do last++
    while (last < lines.length && !lineOf(lines, last).includes('"""'))
  const all = lines
    .slice(first, last + 1)
    .join('\n')
    .replace(/r?"""/g, '')
    .trim()
  return { text: all.split(/\n\s*\n|\n\s*:param|\n\s*\.\. /)[0] ?? '', first, last }
}

function beforeGo(lines: string[], at: number): Documentation | null {
  const name = /^func (?:\([^)]*\) )?(\w+)/.exec(lineOf(lines, at))?.[1]
  let first = at
  while (/^\/\//.test(lineOf(lines, first - 1))) first--
  if (!name || first === at) return null
  const all = lines
    .slice(first, at)
    .map((line) => line.replace(/^\/\/ ?/, ''))
    .join(' ')
  // By convention, the documentation begins with the name.
  const text = all.startsWith(`${name} `) ? all.slice(name.length + 1) : all
  return { text: text.split(/(?<=\.) /)[0] ?? '', first, last: at - 1 }
}

function beforeC(lines: string[], at: number): Documentation | null {
  if (!/^\w[\w *]*\b\w+\(/.test(lineOf(lines, at)) || !/\*\/\s*$/.test(lineOf(lines, at - 1)))
    return null
  let first = at - 1
  while (first > 0 && !lineOf(lines, first).includes('/*')) first--
  const all = lines
    .slice(first, at)
    .join('\n')
    .replace(/\/\*\*?|\*\//g, '')
    .replace(/^\s*\*\s?/gm, '')
  return { text: all.trim().split(/\n\s*\n|\n\s*Returns|(?<=\.)\s/)[0] ?? '', first, last: at - 1 }
}
