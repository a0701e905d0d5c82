/**
 * Measures the search of code by words: functions by their documentation, and the files that a pull request changed
 * by the title of the issue that it closes, beside SQLite's full-text index of the same chunks. Half of the
 * questions are for tuning; the other half is for the figures.
 *
 *   npm run bench:code-search -- C_LIBRARY [REPOSITORY…]   clones, the first of bitcoin-core/secp256k1
 *   npm run bench:code-search -- --tune C_LIBRARY …        the other half, with variants
 *   npm run bench:code-search -- --data FOLDER C_LIBRARY   the folder with the issues
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
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

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const ISSUES = 'code/bitcoin-core__secp256k1.json.gz'

interface FileQuery {
  text: string
  number: number
  files: string[]
}

interface Corpus {
  name: string
  chunks: PathChunk[]
  queries: FunctionQuery[]
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

function isOfHalf(text: string, half: number): boolean {
  let sum = 0
  for (const sign of text) sum = (sum * 31 + (sign.codePointAt(0) as number)) | 0
  return (sum & 1) === half
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

async function readCorpus(folder: string, half: number): Promise<Corpus> {
  const taken = readFiles(folder).map(takeDocumentation)
  const queries = taken.flatMap((one) => one.queries)
  return {
    name: basename(folder) === 'repo' ? (folder.split('/').at(-2) ?? folder) : basename(folder),
    chunks: await cutAll(taken.map(({ file }) => file)),
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

function functionsFound(ask: AskChunks, queries: FunctionQuery[]): number {
  return mean(
    queries.map(({ text, path, line }) => {
      const found = ask(text).slice(0, 10)
      const isIt = (chunk: PathChunk) =>
        chunk.path === path && chunk.startLine <= line && line <= chunk.endLine
      return mrrAt10(
        found.map((chunk) => (isIt(chunk) ? 'it' : '')),
        ['it'],
      )
    }),
  )
}

function filesFound(ask: AskChunks, queries: FileQuery[]): number {
  return mean(
    queries.map(({ text, files }) =>
      recallAt10([...new Set(ask(text).map(({ path }) => path))], files),
    ),
  )
}

const { values, positionals: folders } = parseArgs({
  options: { tune: { type: 'boolean', default: false }, data: { type: 'string', default: DATA } },
  allowPositionals: true,
})
const { tune: isTuning, data } = values
const [library] = folders
if (!library) throw new Error('Name a clone of bitcoin-core/secp256k1, and others.')
const half = isTuning ? 0 : 1
const corpora: Corpus[] = []
for (const folder of folders) corpora.push(await readCorpus(folder, half))
const whole = await cutAll(readFiles(library))
const { queries, constant } = readIssues(new Set(whole.map(({ path }) => path)))
const issues = queries.filter(({ number }) => number % 2 === half)
for (const { name, chunks, queries } of corpora)
  console.log(`${name}: ${chunks.length} chunks, ${queries.length} functions`)
console.log(
  `${issues.length} issues; the ten most changed files: ${mean(issues.map(({ files }) => recallAt10(constant, files))).toFixed(3)}`,
)
console.log(
  `MRR@10 of ${corpora.map(({ name }) => name).join(', ')}; on average; recall@10 of files`,
)

async function report(name: string, open: (chunks: PathChunk[]) => Promise<AskChunks> | AskChunks) {
  const found: number[] = []
  for (const { chunks, queries } of corpora) found.push(functionsFound(await open(chunks), queries))
  const figures = [...found, mean(found), filesFound(await open(whole), issues)]
  console.log(name.padEnd(28), figures.map((figure) => figure.toFixed(3)).join(' '))
}

for (const weights of REFERENCES)
  await report(`SQLite FTS5 ${weights}`, (chunks) => openReference(chunks, weights))
for (const { name, variant } of isTuning ? VARIANTS : VARIANTS.slice(0, 1))
  await report(name, (chunks) => openRanking(chunks, variant))
