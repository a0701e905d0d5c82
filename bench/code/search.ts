/**
 * Measures the search of code by words: functions by their documentation, and the files that a pull request changed
 * by the title of the issue that it closes, beside SQLite's full-text index of the same chunks. Half of the
 * questions are for tuning; the other half is for the figures.
 *
 *   npm run bench:code-search -- C_LIBRARY [REPOSITORY…]   clones, the first of bitcoin-core/secp256k1
 *   npm run bench:code-search -- --tune C_LIBRARY …        the other half, with variants
 *   npm run bench:code-search -- --cuts C_LIBRARY …        files cut otherwise, on both halves; also by vectors
 *   npm run bench:code-search -- --data FOLDER C_LIBRARY   the folder with the issues
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { SourceFile } from '#app/code/chunks/shapes.ts'
import { isTest } from '#app/code/search/tests-of-code.ts'
import { mrrAt10, recallAt10 } from '../search/judge.ts'
import {
  type AskChunks,
  cutAll,
  openRanking,
  openReference,
  type PathChunk,
  type Variant,
} from './chunk-index.ts'
import { type FunctionQuery, takeDocumentation } from './functions.ts'
import { readFiles } from './git-files.ts'
import { cutAllAtLines, openVectors, widen } from './ways-to-cut.ts'

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const ISSUES = 'code/bitcoin-core__secp256k1.json.gz'

interface FileQuery {
  text: string
  number: number
  files: string[]
}

interface Corpus {
  name: string
  files: SourceFile[]
  queries: FunctionQuery[]
}

/** The chunks of each corpus, and of the library with its documentation. */
interface CutCorpora {
  chunks: PathChunk[][]
  whole: PathChunk[]
}

const VARIANTS: { name: string; variant: Variant }[] = [
  { name: 'as shipped', variant: {} },
  { name: 'with stop words', variant: { keepsStopWords: true } },
  { name: 'chunk alone', variant: { ranking: { file: 0 } } },
  { name: 'file × 1', variant: { ranking: { file: 1 } } },
  { name: 'tests as others', variant: { ranking: { demoted: 1 } } },
  { name: 'tests × 0.5', variant: { ranking: { demoted: 0.5 } } },
  { name: 'symbol × 1', variant: { fields: { symbol: 1 } } },
  { name: 'symbol × 4', variant: { fields: { symbol: 4 } } },
  { name: 'without path', variant: { fields: { path: 0 } } },
  { name: 'path × 1', variant: { fields: { path: 1 } } },
  { name: 'k 1.2', variant: { ranking: { k: 1.2 } } },
  { name: 'k 3', variant: { ranking: { k: 3 } } },
  { name: 'b 0.5', variant: { ranking: { b: 0.5 } } },
]
/** Weights of path, symbol and text in the reference. */
const REFERENCES = [
  [1, 1, 1],
  [2, 2, 1],
  [1, 5, 1],
]

/** Halves of the questions: one for tuning, one for the figures. Both, where nothing is chosen by them. */
const BOTH = 2

function isOfHalf(text: string, half: number): boolean {
  if (half === BOTH) return true
  let sum = 0
  for (const sign of text) sum = (sum * 31 + (sign.codePointAt(0) as number)) | 0
  return (sum & 1) === half
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

function readCorpus(folder: string, half: number): Corpus {
  const taken = readFiles(folder).map(takeDocumentation)
  const queries = taken.flatMap((one) => one.queries)
  return {
    name: basename(folder) === 'repo' ? (folder.split('/').at(-2) ?? folder) : basename(folder),
    files: taken.map(({ file }) => file),
    queries: queries.filter(({ text, path }) => isOfHalf(text, half) && !isTest(path)),
  }
}

interface Exported {
  issues: { number: number; title: string }[]
  pulls: { state: string; closes?: number[]; files?: { path: string }[] }[]
}

/** Returns the issues whose files are known, and the ten files that most merged pull requests changed. */
function readIssues(paths: Set<string>): { queries: FileQuery[]; constant: string[] } {
  const { issues, pulls } = JSON.parse(
    gunzipSync(readFileSync(join(data, ISSUES))).toString(),
  ) as Exported
  const changes = new Map<string, number>()
  const changed = new Map<number, Set<string>>()
  for (const { state, closes = [], files = [] } of pulls) {
    const known = files.map(({ path }) => path).filter((path) => paths.has(path))
    if (state === 'MERGED')
      for (const path of known) changes.set(path, (changes.get(path) ?? 0) + 1)
    for (const number of closes)
      changed.set(number, new Set([...(changed.get(number) ?? []), ...known]))
  }
  const queries = issues.flatMap(({ number, title }) => {
    const files = [...(changed.get(number) ?? [])]
    return files.length > 0 ? [{ text: title, number, files }] : []
  })
  const often = [...changes].sort((a, b) => b[1] - a[1]).map(([path]) => path)
  return { queries, constant: often.slice(0, 10) }
}

/** Returns the reciprocal rank of each function. */
async function functionsFound(ask: AskChunks, queries: FunctionQuery[]): Promise<number[]> {
  const ranks: number[] = []
  for (const { text, path, line } of queries) {
    const found = (await ask(text)).slice(0, 10)
    const isIt = (chunk: PathChunk) =>
      chunk.path === path && chunk.startLine <= line && line <= chunk.endLine
    ranks.push(
      mrrAt10(
        found.map((chunk) => (isIt(chunk) ? 'it' : '')),
        ['it'],
      ),
    )
  }
  return ranks
}

/** Returns the recall@10 of each issue. */
async function filesFound(ask: AskChunks, queries: FileQuery[]): Promise<number[]> {
  const recalls: number[] = []
  for (const { text, files } of queries) {
    const found = (await ask(text)).map(({ path }) => path)
    recalls.push(recallAt10([...new Set(found)], files))
  }
  return recalls
}

const { values, positionals: folders } = parseArgs({
  options: {
    ...{ tune: { type: 'boolean', default: false }, cuts: { type: 'boolean', default: false } },
    data: { type: 'string', default: DATA },
  },
  allowPositionals: true,
})
const { tune: isTuning, cuts: isCutting, data } = values
const [library] = folders
if (!library) throw new Error('Name a clone of bitcoin-core/secp256k1, and others.')
const half = isCutting ? BOTH : isTuning ? 0 : 1
const corpora = folders.map((folder) => readCorpus(folder, half))
const wholeFiles = readFiles(library)

async function cutCorpora(cut: (files: SourceFile[]) => Promise<PathChunk[]>): Promise<CutCorpora> {
  const chunks: PathChunk[][] = []
  for (const { files } of corpora) chunks.push(await cut(files))
  return { chunks, whole: await cut(wholeFiles) }
}

const bySyntax = await cutCorpora(cutAll)
const { queries, constant } = readIssues(new Set(bySyntax.whole.map(({ path }) => path)))
const issues = queries.filter(({ number }) => half === BOTH || number % 2 === half)
for (const [at, { name, queries }] of corpora.entries())
  console.log(`${name}: ${bySyntax.chunks[at]?.length} chunks, ${queries.length} functions`)
console.log(
  `${issues.length} issues; the ten most changed files: ${mean(issues.map(({ files }) => recallAt10(constant, files))).toFixed(3)}`,
)
console.log(
  `MRR@10 of ${corpora.map(({ name }) => name).join(', ')}; on average; recall@10 of files`,
)

type Open = (chunks: PathChunk[]) => Promise<AskChunks> | AskChunks

interface Found {
  functions: number[]
  files: number[]
}

async function report(name: string, open: Open, cut = bySyntax): Promise<Found> {
  const found: number[][] = []
  for (const [at, { queries }] of corpora.entries())
    found.push(await functionsFound(await open(cut.chunks[at] ?? []), queries))
  const files = await filesFound(await open(cut.whole), issues)
  const means = found.map(mean)
  const figures = [...means, mean(means), mean(files)]
  console.log(name.padEnd(40), figures.map((figure) => figure.toFixed(3)).join(' '))
  return { functions: found.flat(), files }
}

/** Prints how much better one way answers the same questions than another, with the standard error. */
function compare(name: string, one: Found, other: Found): void {
  const words = (['functions', 'files'] as const).map((kind) => {
    const differences = one[kind].map((value, at) => value - (other[kind][at] ?? 0))
    const middle = mean(differences)
    const variance = mean(differences.map((value) => (value - middle) ** 2))
    return `${middle.toFixed(4)} ± ${Math.sqrt(variance / differences.length).toFixed(4)}`
  })
  console.log(name.padEnd(40), words.join(', '))
}

async function reportCuts(): Promise<void> {
  const byLines = await cutCorpora(cutAllAtLines)
  const count = ({ chunks, whole }: CutCorpora) => [...chunks, whole].flat().length
  console.log(`${count(bySyntax)} chunks by syntax, ${count(byLines)} by lines`)
  const words = await report('words, by syntax', openRanking)
  const unnamed = (chunks: PathChunk[]) => chunks.map((chunk) => ({ ...chunk, symbol: null }))
  const nameless = await report('words, by syntax, symbols not counted', (chunks) =>
    openRanking(unnamed(chunks)),
  )
  const lines = await report('words, by lines', openRanking, byLines)
  const wide = await report('words, by syntax, 100 before', (chunks) =>
    openRanking(widen(chunks, 100)),
  )
  const vectors = await report('vectors, by syntax', (chunks) => openVectors(chunks, 0))
  const wider = await report('vectors, by syntax, 100 before', (chunks) => openVectors(chunks, 100))
  const widest = await report('vectors, by syntax, 300 before', (chunks) =>
    openVectors(chunks, 300),
  )
  const lineVectors = await report('vectors, by lines', (chunks) => openVectors(chunks, 0), byLines)
  console.log('Differences of MRR@10, and of recall@10:')
  compare('words: syntax, against lines', words, lines)
  compare('words: the same without symbols', nameless, lines)
  compare('words: 100 before, against 0', wide, words)
  compare('vectors: syntax, against lines', vectors, lineVectors)
  compare('vectors: 100 before, against 0', wider, vectors)
  compare('vectors: 300 before, against 0', widest, vectors)
}

if (isCutting) await reportCuts()
else {
  for (const weights of REFERENCES)
    await report(`SQLite FTS5 ${weights}`, (chunks) => openReference(chunks, weights))
  for (const { name, variant } of isTuning ? VARIANTS : VARIANTS.slice(0, 1))
    await report(name, (chunks) => openRanking(chunks, variant))
}
