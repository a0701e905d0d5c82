import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { everyNode, list, ROOT, type Source, violation } from './sources.ts'

export interface Page {
  path: string
  text: string
}

interface Variable {
  name: string
  node: ts.Node
  source: Source
}

const ENVIRONMENT = 'app/config/env.server.ts'
const CAPITALS = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/
// Read by Node and its tools, not settings of Whence.
const NOT_OURS = new Set(['NODE_ENV', 'CI', 'PATH'])

export function readPages(): Page[] {
  const top = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md']
  const paths = [...top, ...list('docs', (name) => name.endsWith('.md'))]
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

/** Checks that docs/configuration.md has a row for every variable that the program reads. */
export function checkVariables(sources: Source[], configuration: string): string[] {
  const documented = new Set(
    [...configuration.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map((match) => match[1]),
  )
  return variablesOf(sources)
    .filter(({ name }) => !documented.has(name) && !documented.has(name.replace(/_FILE$/, '')))
    .map(({ name, node, source }) =>
      violation(source, node, `${name} has no row in docs/configuration.md`),
    )
}

/** Returns the keys of the environment schema and all other variables that are read. */
export function variablesOf(sources: Source[]): Variable[] {
  const shipped = sources.filter(({ path }) => /^(app|workers|server|cli)\//.test(path))
  return shipped.flatMap((source) =>
    everyNode(source).flatMap((node) => {
      const name = source.path === ENVIRONMENT ? (keyOf(node) ?? readOf(node)) : readOf(node)
      return name && CAPITALS.test(name) && !NOT_OURS.has(name) ? [{ name, node, source }] : []
    }),
  )
}

function keyOf(node: ts.Node): string | null {
  const isKey = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)
  if (!isKey) return null
  const { name } = node
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : null
}

function readOf(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && /\benv$/.test(node.expression.getText())) {
    return node.name.text
  }
  const isElement = ts.isElementAccessExpression(node) && /\benv$/.test(node.expression.getText())
  const argument = isElement ? node.argumentExpression : undefined
  return argument && ts.isStringLiteral(argument) ? argument.text : null
}

/** Checks that links between our own pages lead to an existing file and heading. */
export function checkLinks(page: Page, exists = isThere, read = readText): string[] {
  return linksOf(page.text).flatMap(({ target, line }) => {
    const [file = '', anchor] = target.split('#')
    const path = file === '' ? page.path : posix.join(posix.dirname(page.path), file)
    const where = `${page.path}:${line}:`
    if (!exists(path)) return [`${where} links to ${target}, which is not there`]
    if (!anchor || !path.endsWith('.md')) return []
    const text = path === page.path ? page.text : read(path)
    return headingsOf(text).has(anchor) ? [] : [`${where} links to ${target}: no such heading`]
  })
}

function linksOf(text: string): { target: string; line: number }[] {
  return text.split('\n').flatMap((content, index) =>
    [...content.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ target, line: index + 1 })),
  )
}

function headingsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? '')
  return new Set(headings.map(slug))
}

/** Returns the anchor that GitHub generates. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function isThere(path: string): boolean {
  return existsSync(join(ROOT, path))
}

function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Reports pages that no other page links to. */
export function checkLinked(pages: Page[]): string[] {
  const linked = new Set(
    pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)#\s]+\.md)/g)].map((match) =>
        posix.join(posix.dirname(path), match[1] as string),
      ),
    ),
  )
  return pages
    .filter(({ path }) => path.startsWith('docs/') && !linked.has(path))
    .map(({ path }) => `${path}: no page links to it`)
}
