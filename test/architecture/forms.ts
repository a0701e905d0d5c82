import { posix } from 'node:path'
import ts from 'typescript'
import { everyNode, type Source, violation } from './sources.ts'

const BINS = /^(utils?|helpers?|misc|common|service|manager|data)$/
const BIN_ENDINGS = /-(utils?|helpers?|misc|common|service|manager|v\d+|new|old)$/
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/
const DEFAULT_MAY =
  /^app\/(root\.tsx|entry\.[a-z]+\.tsx|routes\/.+\.tsx)$|^[a-z]+(\.[a-z]+)*\.(ts|js)$/

/** Checks file names, exports and forbidden constructs. */
export function checkForms(source: Source): string[] {
  return [...checkName(source), ...checkBarrel(source), ...everyNode(source).flatMap(formOf)]

  function formOf(node: ts.Node): string[] {
    if (ts.isEnumDeclaration(node)) {
      return [violation(source, node, 'a union of literals instead of an enum')]
    }
    if ((ts.isClassDeclaration(node) || ts.isClassExpression(node)) && !isError(node)) {
      return [violation(source, node, 'no classes but errors')]
    }
    if (isDefaultExport(node) && !DEFAULT_MAY.test(source.path)) {
      return [violation(source, node, 'named exports; a default only where a framework demands it')]
    }
    return []
  }
}

function checkName(source: Source): string[] {
  const { name, dir } = posix.parse(source.path)
  const stem = name.replace(/\.(server|client|test)$/, '')
  const folders = dir.split('/').filter(Boolean)
  const bin = [...folders, stem].find((part) => BINS.test(part) || BIN_ENDINGS.test(part))
  if (bin) return [violation(source, 0, `"${bin}" names a bin: name the verb or the noun`)]
  // The name of a route file is its URL pattern ($id, _index), as Remix defines it.
  if (source.path.startsWith('app/routes/') || KEBAB.test(name)) return []
  return [violation(source, 0, 'file names are kebab-case')]
}

function checkBarrel(source: Source): string[] {
  const { statements } = source.tree
  const passesOn = (node: ts.Node) => ts.isExportDeclaration(node) && node.moduleSpecifier
  const isBarrel = statements.length > 0 && statements.every(passesOn)
  return isBarrel ? [violation(source, 0, 'no barrels: import from where it is written')] : []
}

function isError(node: ts.ClassLikeDeclaration): boolean {
  const heritage = node.heritageClauses?.find(
    (clause) => clause.token === ts.SyntaxKind.ExtendsKeyword,
  )
  return /Error$/.test(heritage?.types[0]?.expression.getText() ?? '')
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return !node.isExportEquals
  if (ts.isExportSpecifier(node)) return node.name.text === 'default'
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false
}
