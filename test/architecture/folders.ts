import { posix } from 'node:path'
import { importsOf, resolve } from './imports.ts'
import type { Source } from './sources.ts'

const MOST_FILES = 20
/** Folders with one file per command or route. */
const ONE_FOR_EACH = new Set(['cli', 'app/routes'])
const TOP_OF_APP = /^app\/(root\.tsx|entry\.(client|server)\.tsx)$/

/** The modules of `app/` from top to bottom: each may import only from those below it. */
const LAYERS = [
  ['routes'],
  ['enhance'],
  ['mcp', 'exports', 'components'],
  ['forms'],
  ['api'],
  ['setup'],
  ['verify', 'webhooks'],
  ['sync'],
  ['why'],
  ['archive', 'code', 'sign-in'],
  ['search'],
  ['ledger', 'github', 'embeddings'],
  ['health'],
  ['audit', 'auth', 'queues', 'passages', 'markdown', 'schedules', 'secrets', 'threads'],
  ['database'],
  ['config'],
]

/** Reports folders with too many files for one subject. */
export function checkFolders(sources: Source[]): string[] {
  const counts = new Map<string, number>()
  for (const { path } of sources) {
    const folder = posix.dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts]
    .filter(([folder, count]) => count > MOST_FILES && !ONE_FOR_EACH.has(folder))
    .map(([folder, count]) => `${folder}: ${count} files: a folder has ${MOST_FILES} at most`)
}

/** Checks that `app/` itself contains only the root and the entries. */
export function checkTopOfApp({ path }: Source): string[] {
  const isLoose = posix.dirname(path) === 'app' && !TOP_OF_APP.test(path)
  return isLoose ? [`${path}: app/ itself holds the root and the entries only`] : []
}

/** Reports imports from the same or a higher layer among the modules of `app/`. */
export function checkLayers(source: Source): string[] {
  const from = layerOf(source.path)
  if (!from) return []
  return targetsOf(source).flatMap((target) => {
    const to = layerOf(target)
    if (!to || to.module === from.module || to.layer > from.layer) return []
    return [`${source.path}: app/${from.module} never imports app/${to.module} (${target})`]
  })
}

function layerOf(path: string): { module: string; layer: number } | null {
  const module = /^app\/([^/]+)\//.exec(path)?.[1]
  if (!module || module === 'generated') return null
  const layer = LAYERS.findIndex((names) => names.includes(module))
  if (layer < 0) throw new Error(`app/${module} has no place in LAYERS`)
  return { module, layer }
}

/** Reports import cycles between files and between folders. */
export function checkCycles(sources: Source[]): string[] {
  const shipped = sources.filter(({ path }) => /^(app|workers|server|cli)\//.test(path))
  const files = graphOf(shipped, (path) => path)
  const folders = graphOf(shipped, (path) => posix.dirname(path))
  return [...circlesOf(files), ...circlesOf(folders)].map(
    (circle) => `${circle.join(' → ')} → ${circle[0]}: no circles of imports`,
  )
}

type Graph = Map<string, Set<string>>

function graphOf(sources: Source[], nodeOf: (path: string) => string): Graph {
  const graph: Graph = new Map()
  const known = new Set(sources.map(({ path }) => path))
  for (const source of sources) {
    const from = nodeOf(source.path)
    const targets = graph.get(from) ?? new Set()
    graph.set(from, targets)
    for (const target of targetsOf(source))
      if (known.has(target) && nodeOf(target) !== from) targets.add(nodeOf(target))
  }
  return graph
}

function targetsOf(source: Source): string[] {
  return importsOf(source).flatMap(({ specifier }) => resolve(source.path, specifier) ?? [])
}

/** Returns the first cycle through each node that is part of one, by depth-first search. */
function circlesOf(graph: Graph): string[][] {
  const circles: string[][] = []
  const left = new Set<string>()
  const path: string[] = []
  function visit(node: string): void {
    const start = path.indexOf(node)
    if (start >= 0) circles.push(path.slice(start))
    if (start >= 0 || left.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    left.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return circles
}
