/** Loads grammars when a file needs them, and parses in bounded time. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Language, Tree, Parser as TreeParser } from '@vscode/tree-sitter-wasm'

/** Raised whenever the same syntax tree would be cut elsewhere. */
const CUT = 1
const LINES = `lines@${CUT}`
/** Milliseconds for one file; a file that takes longer is cut at lines. */
const PARSE_MS = 5_000

const BUNDLE = '@vscode/tree-sitter-wasm'
const BUNDLED: Record<string, string> = {
  ...{ 'C#': 'c-sharp', 'C++': 'cpp', CSS: 'css', Cuda: 'cpp', Go: 'go', INI: 'ini', Java: 'java' },
  ...{ JavaScript: 'javascript', PHP: 'php', PowerShell: 'powershell', Python: 'python' },
  ...{ Ruby: 'ruby', Rust: 'rust', Shell: 'bash', TSX: 'tsx', TypeScript: 'typescript' },
}

/** Name and version of a grammar, and its file within the packages. */
const GRAMMARS: Record<string, { name: string; file: string }> = {
  ...Object.fromEntries(
    Object.entries(BUNDLED).map(([language, name]) => [
      language,
      { name: `${name}@vscode-0.3.1`, file: `${BUNDLE}/wasm/tree-sitter-${name}.wasm` },
    ]),
  ),
  C: { name: 'c@0.24.1', file: 'tree-sitter-c/tree-sitter-c.wasm' },
}

/** The package is CommonJS, from which Node imports no names. */
const require = createRequire(import.meta.url)

/**
 * Names what decides where a file of a language is cut: the grammar with its version, the version of the cutting
 * and the size.
 */
export function grammarOf(language: string | null, size: number): string {
  const grammar = GRAMMARS[language ?? '']
  return `${grammar ? `${grammar.name}+${LINES}` : LINES}:${size}`
}

/** The name for a file that has been cut at lines although its language has a grammar. */
export function linesGrammar(size: number): string {
  return `${LINES}:${size}`
}

interface Loaded {
  parser: TreeParser
  language: Language
}

const loading = new Map<string, Promise<Language>>()
let starting: Promise<TreeParser> | null = null

/** Returns a parser for a language, or null if it has no grammar. */
export async function loadGrammar(language: string | null): Promise<Loaded | null> {
  const grammar = GRAMMARS[language ?? '']
  if (!grammar) return null
  const { Parser, Language } = require(BUNDLE) as typeof import('@vscode/tree-sitter-wasm')
  starting ??= Parser.init().then(() => new Parser())
  const parser = await starting
  const loaded =
    loading.get(grammar.file) ?? readFile(require.resolve(grammar.file)).then(Language.load)
  loading.set(grammar.file, loaded)
  return { parser, language: await loaded }
}

/** Parses a text, or gives up after a while and returns null. The caller deletes the tree. */
export function parse({ parser, language }: Loaded, text: string): Tree | null {
  const end = performance.now() + PARSE_MS
  parser.setLanguage(language)
  // The parser stops when it gets true, which the types do not know.
  const progressCallback = (() => performance.now() > end) as unknown as () => void
  const tree = parser.parse(text, null, { progressCallback })
  if (!tree) parser.reset()
  return tree
}
