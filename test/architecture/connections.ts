import ts from 'typescript'
import { type Source, violation } from './sources.ts'

const CONNECTS =
  /^(Pool|Client|Redis|IORedis|Cluster|Queue|Worker|QueueEvents|FlowProducer|PrismaClient|PrismaPg|PGlite|WebSocket)$/
const CALLS = /^(connect|fetch|query|listen)$|^PGlite\.create$/

/**
 * Reports connections opened at import. Remix's server bundle contains a second copy of every module, so such
 * a connection is opened twice. Checks the code that runs at import: everything outside functions, and
 * functions that are called immediately.
 */
export function checkConnections(source: Source): string[] {
  if (!/^(app|workers)\//.test(source.path)) return []
  const found: string[] = []
  function visit(node: ts.Node) {
    if (runsLater(node)) return
    const rule = brokenRule(node)
    if (rule) found.push(violation(source, node, `${rule} at import: make it in server/ or cli/`))
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(source.tree, visit)
  return found
}

function brokenRule(node: ts.Node): string | null {
  if (ts.isAwaitExpression(node)) return 'nothing is awaited'
  if (ts.isForOfStatement(node) && node.awaitModifier) return 'nothing is awaited'
  if (ts.isNewExpression(node) && CONNECTS.test(lastName(node.expression))) {
    return `no ${lastName(node.expression)} is made`
  }
  if (ts.isCallExpression(node)) {
    const called = node.expression.getText()
    if (CALLS.test(called) || CALLS.test(lastName(node.expression)))
      return `no ${called}() is called`
  }
  return null
}

function lastName(expression: ts.Expression): string {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText()
}

function runsLater(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node)) {
    return !node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword)
  }
  return ts.isFunctionLike(node) && !isCalledOnTheSpot(node)
}

function isCalledOnTheSpot(node: ts.Node): boolean {
  let outer = node.parent
  while (ts.isParenthesizedExpression(outer)) outer = outer.parent
  if (!ts.isCallExpression(outer)) return false
  let called: ts.Expression = outer.expression
  while (ts.isParenthesizedExpression(called)) called = called.expression
  return called === node
}
