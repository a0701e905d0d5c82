import ts from 'typescript'
import { importsOf } from './imports.ts'
import { everyNode, type Source, violation } from './sources.ts'

const SERVES = /^(app\/(routes|components|forms|mcp|exports|api)\/|server\/(?!services\/|folder\/))/
/** Receives the connections of requests, and makes their few changes. */
const DECIDES = 'app/api/decisions.ts'
const UNBOUNDED = /^(pool|direct)$/
const RULE = 'requests use readers and database.web, whose statements have time limits'

/** Reports code that serves requests and reaches connections without time limits, which workers need. */
export function checkHandles(source: Source): string[] {
  if (!SERVES.test(source.path) || source.path === DECIDES) return []
  const reached = everyNode(source).filter(reachesPool)
  const imported = importsOf(source)
    .filter(({ specifier }) => /\/transaction\.server\.ts$/.test(specifier))
    .map(({ node }) => node)
  return [...reached, ...imported].map((node) => violation(source, node, RULE))
}

function reachesPool(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return UNBOUNDED.test(node.name.text)
  if (ts.isBindingElement(node)) return UNBOUNDED.test((node.propertyName ?? node.name).getText())
  return ts.isSpreadAssignment(node) && /\bdatabase$/.test(node.expression.getText())
}
