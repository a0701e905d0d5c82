/** Colours source code. It takes long for hostile text, so it runs in a thread: `open-colours.ts`. */
import { bundledLanguages, createCssVariablesTheme, createHighlighter } from 'shiki'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import { type CodeToken, plainLines, type TokenKind } from './tokens.ts'

/** Nothing larger is coloured: highlighting takes about a second for a megabyte. UTF-16 units. */
const LARGEST = 100_000
const LONGEST_LINE = 1_000
const KINDS: Record<string, TokenKind> = {
  '--code-token-constant': 'constant',
  '--code-token-string': 'string',
  '--code-token-string-expression': 'string',
  '--code-token-comment': 'comment',
  '--code-token-keyword': 'keyword',
  '--code-token-function': 'function',
}
/** Languages whose name is not that of their grammar. */
const GRAMMARS: Record<string, string> = {
  ...{ 'c++': 'cpp', 'c#': 'csharp', 'f#': 'fsharp', shell: 'shellscript', batchfile: 'bat' },
  ...{ 'protocol buffer': 'proto', 'objective-c': 'objective-c', plpgsql: 'plsql' },
  ...{ 'json with comments': 'jsonc', dockerfile: 'docker', makefile: 'make' },
}
const THEME = createCssVariablesTheme({ name: 'variables', variablePrefix: '--code-' })

let opened: ReturnType<typeof createHighlighter> | undefined

export interface Source {
  text: string
  language: string | null
}

/** Returns the parts of each line; without colours if the text is large or the language has no grammar. */
export async function work({ text, language }: Source): Promise<CodeToken[][]> {
  const lang = grammarOf(language)
  const plain = plainLines(text)
  if (lang === null || text.length > LARGEST || plain.some(isLong)) return plain
  opened ??= createHighlighter({
    themes: [THEME],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  const highlighter = await opened
  await highlighter.loadLanguage(lang)
  // The limit is for a line, and the first line takes the time to compile the grammar.
  const options = { lang, theme: THEME, tokenizeTimeLimit: 0 }
  return highlighter
    .codeToTokensBase(text, options)
    .map((line) => line.map(({ content, color }) => ({ text: content, kind: kindOf(color) })))
}

function isLong(tokens: CodeToken[]): boolean {
  return tokens.some(({ text }) => text.length > LONGEST_LINE)
}

function grammarOf(language: string | null): keyof typeof bundledLanguages | null {
  const name = language?.toLowerCase() ?? ''
  const grammar = GRAMMARS[name] ?? name
  return Object.hasOwn(bundledLanguages, grammar)
    ? (grammar as keyof typeof bundledLanguages)
    : null
}

function kindOf(color: string | undefined): TokenKind | null {
  const [, variable = ''] = /^var\((--[\w-]+)\)$/.exec(color ?? '') ?? []
  return KINDS[variable] ?? null
}
