import ts from 'typescript'
import { everyNode, lineCount, type Source, violation } from './sources.ts'

const FILE_CEILING = 400
const MEDIAN_CEILING = 90
const FUNCTION_CEILING = 60
const COMPONENT_CEILING = 120
const LOADER_CEILING = 40
const POSITIONAL_CEILING = 4

type FunctionWithBody = ts.FunctionLikeDeclaration & { body: ts.Node }

export function checkSizes(source: Source): string[] {
  const lines = linesOf(source)
  const file =
    lines > FILE_CEILING
      ? [violation(source, 0, `${lines} lines: a file has ${FILE_CEILING} at most`)]
      : []
  const functions = everyNode(source)
    .filter(hasBody)
    .flatMap((node) => [...checkLength(source, node), ...checkParameters(source, node)])
  return [...file, ...functions]
}

/** Checks the median file size of the project, since growth is not limited to big files. */
export function checkMedian(sources: Source[]): string[] {
  const sizes = sources.map(linesOf).sort((a, b) => a - b)
  const median = sizes[Math.floor(sizes.length / 2)] ?? 0
  if (median <= MEDIAN_CEILING) return []
  return [`the median file has ${median} lines: ${MEDIAN_CEILING} at most over all files`]
}

function linesOf(source: Source): number {
  return source.text.replace(/\n$/, '').split('\n').length
}

function hasBody(node: ts.Node): node is FunctionWithBody {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined
}

function checkLength(source: Source, node: FunctionWithBody): string[] {
  if (isSuite(node)) return []
  const name = nameOf(node)
  const ceiling = ceilingOf(source, node, name)
  const lines = lineCount(source, node)
  if (lines <= ceiling) return []
  return [violation(source, node, `${name} has ${lines} lines: ${ceiling} at most`)]
}

function ceilingOf(source: Source, node: ts.Node, name: string): number {
  if (source.path.startsWith('app/routes/') && name === 'loader') return LOADER_CEILING
  return holdsJsx(node) ? COMPONENT_CEILING : FUNCTION_CEILING
}

function holdsJsx(node: ts.Node): boolean {
  if (ts.isJsxElement(node) || ts.isJsxSelfClosingElement(node) || ts.isJsxFragment(node))
    return true
  return ts.forEachChild(node, (child) => holdsJsx(child) || undefined) ?? false
}

/**
 * Returns true for the callback of `describe(…)`, which only contains tests, as a file contains functions.
 */
function isSuite(node: ts.Node): boolean {
  const call = node.parent
  return ts.isCallExpression(call) && /^describe/.test(call.expression.getText())
}

function checkParameters(source: Source, node: FunctionWithBody): string[] {
  // Remix defines the five parameters of the entry's function.
  if (/^app\/entry\./.test(source.path)) return []
  const count = node.parameters.length
  if (count <= POSITIONAL_CEILING) return []
  const rule = `${nameOf(node)} takes ${count} parameters: ${POSITIONAL_CEILING} at most, then an object`
  return [violation(source, node, rule)]
}

function nameOf(node: FunctionWithBody): string {
  if (node.name) return node.name.getText()
  const holder = node.parent
  const named = ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder)
  return named ? holder.name.getText() : 'a function'
}
