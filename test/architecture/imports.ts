import { posix } from 'node:path'
import ts from 'typescript'
import { everyNode, type Source, violation } from './sources.ts'

const PRODUCTION = /^(app|workers|server|cli)\//
const INTERFACE = /^app\/(enhance|routes|components)\/|^app\/(root|entry\.[a-z]+)(\.|$)/
const REMIX_MAY = /^app\/routes\/|^app\/root\.tsx$|^app\/entry\.|^server\/|^test\/|^[^/]+$/
const PRISMA = 'app/database/prisma.server.ts'
const STAGE = /^workers\/(extraction|transform|embedding)(\/|$)/

/** Checks which modules may import which (reasons: docs/decisions and CONTRIBUTING.md). */
export function checkImports(source: Source): string[] {
  return importsOf(source).flatMap(({ node, specifier }) => {
    const rule = brokenRule(source.path, specifier) ?? loadedEarly(source.path, specifier, node)
    return rule ? [violation(source, node, `${rule} (imports "${specifier}")`)] : []
  })
}

function brokenRule(from: string, specifier: string): string | null {
  if (specifier.startsWith('@remix-run/') && !REMIX_MAY.test(from)) {
    return '@remix-run is imported in routes, root, entries and server/ only'
  }
  const to = resolve(from, specifier)
  if (to === null) {
    const plain = from.startsWith('scripts/') && !specifier.startsWith('node:')
    return plain ? 'scripts/ runs before anything is installed: Node alone' : null
  }
  if (from.startsWith('app/') && /^(workers|server|cli)(\/|$)/.test(to)) {
    return 'app/ never imports workers/, server/ or cli/'
  }
  if (from.startsWith('app/') && !INTERFACE.test(from) && INTERFACE.test(to)) {
    return 'the core of app/ never imports routes, components, root or entries'
  }
  if (from.startsWith('workers/') && INTERFACE.test(to)) {
    return 'workers/ imports the core of app/, never routes, components, root or entries'
  }
  if (from.startsWith('workers/') && /^(server|cli)(\/|$)/.test(to)) {
    return 'workers/ never imports server/ or cli/'
  }
  const stage = STAGE.exec(from)?.[1]
  const other = STAGE.exec(to)?.[1]
  if (stage && other && stage !== other) {
    return 'a stage never imports another stage: they meet in tables'
  }
  if (PRODUCTION.test(from) && /^(test|bench|scripts)(\/|$)/.test(to)) {
    return 'what ships never imports test/, bench/ or scripts/'
  }
  return null
}

/**
 * Reports early imports of Prisma, which most processes never need and which takes half a second and 60 MB.
 */
function loadedEarly(from: string, specifier: string, node: ts.Node): string | null {
  if (from === PRISMA || !PRODUCTION.test(from) || !ts.isImportDeclaration(node)) return null
  if (node.importClause?.isTypeOnly) return null
  const isPrisma = specifier.startsWith('@prisma/') || specifier.includes('/generated/prisma/')
  if (!isPrisma && resolve(from, specifier) !== PRISMA) return null
  return 'Prisma is loaded by whoever asks for it first: database.prisma()'
}

/** Returns the path of our own module, relative to the root; null for a package. */
export function resolve(from: string, specifier: string): string | null {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
  return null
}

interface Import {
  node: ts.Node
  specifier: string
}

/**
 * Returns static, re-exporting and dynamic imports, including type imports, since they create the same
 * dependency.
 */
export function importsOf(source: Source): Import[] {
  return everyNode(source).flatMap((node) => {
    const named = moduleOf(node)
    return named && ts.isStringLiteralLike(named) ? [{ node, specifier: named.text }] : []
  })
}

function moduleOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  const isDynamic =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  return isDynamic ? node.arguments[0] : undefined
}
