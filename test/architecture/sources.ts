import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export interface Source {
  /** Relative to the root, with `/` as separator. */
  path: string
  text: string
  tree: ts.SourceFile
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const FOLDERS = ['app', 'bench', 'cli', 'scripts', 'server', 'test', 'workers']
const LEFT_OUT = new Set(['app/generated', 'public/build'])

export function readSources(): Source[] {
  const settings = readdirSync(ROOT).filter(isSource)
  const paths = [...settings, ...FOLDERS.flatMap((folder) => list(folder, isSource))]
  return paths.map((path) => parse(path, readFileSync(join(ROOT, path), 'utf8')))
}

export function parse(path: string, text: string): Source {
  // With parent links, since rules check the context of a node.
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) }
}

export function list(folder: string, wanted: (name: string) => boolean): string[] {
  if (LEFT_OUT.has(folder)) return []
  let entries: ReturnType<typeof readFolder>
  try {
    entries = readFolder(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return list(path, wanted)
    return wanted(entry.name) ? [path] : []
  })
}

function readFolder(folder: string) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
}

function isSource(name: string): boolean {
  return /\.(ts|tsx|js|mjs|cjs)$/.test(name) && !name.endsWith('.d.ts')
}

/** Formats a violation as file, line and rule, the only form in which failures are shown. */
export function violation(source: Source, node: ts.Node | number, rule: string): string {
  const position = typeof node === 'number' ? node : node.getStart(source.tree)
  const { line } = source.tree.getLineAndCharacterOfPosition(position)
  return `${source.path}:${line + 1}: ${rule}`
}

const walked = new WeakMap<Source, ts.Node[]>()

/** Returns all nodes of a source. The result is cached, since nearly every rule needs it. */
export function everyNode(source: Source): ts.Node[] {
  const known = walked.get(source)
  if (known) return known
  const nodes: ts.Node[] = []
  function visit(node: ts.Node) {
    nodes.push(node)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(source.tree, visit)
  walked.set(source, nodes)
  return nodes
}

export function lineCount(source: Source, node: ts.Node): number {
  const first = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line
  return source.tree.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1
}
