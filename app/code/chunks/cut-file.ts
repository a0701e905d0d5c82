/** Cuts one file, in a thread or, without a grammar, on the loop. */
import { type Declaration, readHead } from './declarations.ts'
import { grammarOf, linesGrammar, loadGrammar, parse } from './grammars.ts'
import { detectLanguage, languageByName } from './languages.ts'
import { type Lines, readLines, sizeOf, textOf } from './lines.ts'
import { maskSecrets } from './mask-secrets.ts'
import { allowLines, noBorders, placeBorders } from './place-borders.ts'
import { decode, skipRead, skipUnread } from './read-source.ts'
import type { CodeChunk, CutFile, SkipReason, SourceFile } from './shapes.ts'
import { walkTree } from './walk-tree.ts'

const FIRST_LINE = 300

/** Cuts along the syntax tree. @param size most characters of a chunk that are not white space. */
export async function cutFile(file: SourceFile, size: number): Promise<CutFile> {
  const source = readSource(file)
  if ('skipped' in source) return skipped(file, size, source)
  const { text, language } = source
  const lines = readLines(text)
  const costs = noBorders(lines)
  // A file that fits has no border, but its declarations are of interest.
  const grammar = lines.count === 0 ? null : await loadGrammar(language)
  const tree = grammar && parse(grammar, text)
  if (!grammar || !tree) return cutSource(file, source, size)
  try {
    const declarations = walkTree(tree, grammar.language, { lines, costs, size })
    const firsts = placeBorders(lines, costs, size)
    const chunks = chunksOf(lines, firsts, declarations)
    return { path: file.path, skipped: null, language, grammar: grammarOf(language, size), chunks }
  } finally {
    tree.delete()
  }
}

/** Cuts at lines, whatever the language. */
export function cutAtLines(file: SourceFile, size: number): CutFile {
  const source = readSource(file)
  return 'skipped' in source ? skipped(file, size, source) : cutSource(file, source, size)
}

function cutSource({ path }: SourceFile, { text, language }: Source, size: number): CutFile {
  const lines = readLines(text)
  const costs = noBorders(lines)
  allowLines(lines, costs)
  const chunks = chunksOf(lines, placeBorders(lines, costs, size), [])
  return { path, skipped: null, language, grammar: linesGrammar(size), chunks }
}

interface Source {
  text: string
  language: string | null
}

interface Skipped {
  skipped: SkipReason
  language: string | null
}

function skipped({ path }: SourceFile, size: number, { skipped, language }: Skipped): CutFile {
  return { path, skipped, language, grammar: linesGrammar(size), chunks: [] }
}

function readSource(file: SourceFile): Source | Skipped {
  const early = skipUnread(file)
  if (early) return { skipped: early, language: languageOf(file, '') }
  const decoded = decode(file.bytes)
  if ('skipped' in decoded) return { ...decoded, language: languageOf(file, '') }
  const { text } = decoded
  const language = languageOf(file, text.slice(0, FIRST_LINE).split('\n', 1)[0] ?? '')
  const late = skipRead(text, language, file)
  return late ? { skipped: late, language } : { text, language }
}

function languageOf({ path, attributes }: SourceFile, firstLine: string): string | null {
  const named = attributes?.language
  return named ? languageByName(named) : detectLanguage(path, firstLine)
}

function chunksOf(lines: Lines, firsts: number[], declarations: Declaration[]): CodeChunk[] {
  if (lines.count === 0) return []
  const masked = maskSecrets(lines.text)
  const shown = masked === lines.text ? lines : readLines(masked)
  const owners = ownersOf(lines, firsts, declarations)
  return firsts.map((from, index) => {
    const to = firsts[index + 1] ?? lines.count
    const declaration = owners[index]
    const owner = declaration && readHead(declaration, lines.text)
    return {
      startLine: from + 1,
      endLine: to,
      symbol: owner?.symbol ?? null,
      signature: owner ? maskSecrets(owner.signature) : null,
      text: textOf(shown, from, to),
    }
  })
}

/**
 * For each chunk, the innermost declaration that has at least half of it, else the one that has most of it: a
 * method rather than its class, but the class if no method prevails.
 */
function ownersOf(
  lines: Lines,
  firsts: number[],
  declarations: Declaration[],
): (Declaration | undefined)[] {
  const owners: (Declaration | undefined)[] = []
  const shares = new Uint32Array(firsts.length)
  let chunk = 0
  for (const declaration of declarations) {
    // They come in the order of their first lines.
    while ((firsts[chunk + 1] ?? lines.count) <= declaration.from && chunk < firsts.length - 1)
      chunk++
    for (let at = chunk; at < firsts.length; at++) {
      const from = Math.max(firsts[at] as number, declaration.from)
      const to = Math.min(firsts[at + 1] ?? lines.count, declaration.to)
      if (from >= to) break
      const share = sizeOf(lines, from, to)
      const half = sizeOf(lines, firsts[at] as number, firsts[at + 1] ?? lines.count) / 2
      if (share < Math.min(half, shares[at] as number)) continue
      owners[at] = declaration
      shares[at] = share
    }
  }
  return owners
}
