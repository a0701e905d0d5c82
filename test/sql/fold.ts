/**
 * Evaluates an expression without running it: constants, templates of them, and functions that only return
 * a value. If several values are possible, each is evaluated in turn.
 */
import ts from 'typescript'
import type { Product } from './program.ts'

type Value = string | number | boolean | null | undefined | Value[] | ValueObject | Call

interface ValueObject {
  [name: string]: Value
}

/** A function. Its arguments are evaluated lazily, because an unknown one may not matter. */
type Call = (given: Argument[]) => Value

interface Argument {
  node?: ts.Expression
  value: () => Value
}

export interface Folded {
  value: Value
  /** Assumptions: values by variable or condition, and calls by called function. */
  chosen: ReadonlyMap<unknown, unknown>
  /** Values bound to `$n`, in the order of n, after the initial values of `parametersOf`. */
  bound: ts.Expression[]
}

/** Thrown for a value that is only known at run time. */
class UnknownError extends Error {
  override name = 'UnknownError'
}

/** Thrown for a value with several choices; all uses of the same key must take the same choice. */
class ForkError extends Error {
  override name = 'ForkError'
  key: unknown
  choices: readonly unknown[]
  constructor(key: unknown, choices: readonly unknown[]) {
    super()
    this.key = key
    this.choices = choices
  }
}

type Reading = Pick<Product, 'checker' | 'uses' | 'modules'>

interface Folding extends Reading {
  chosen: ReadonlyMap<unknown, unknown>
  /** Arguments, by parameter. */
  given: ReadonlyMap<ts.Node, () => Value>
  /** Parameters whose calls are being looked at: a function that calls itself passes them on without end. */
  sought: ReadonlySet<ts.Node>
  bound: ts.Expression[]
  /** Evaluated constants, so that each binds its values only once. */
  constants: Map<ts.Node, Value>
}

const MOST = 64
const DEPTH = 8

/** @returns the possible values; null if they are unknown or too many. */
export function fold(
  reading: Reading,
  node: ts.Expression,
  chosen: ReadonlyMap<unknown, unknown> = new Map(),
): Folded[] | null {
  const bound: ts.Expression[] = []
  try {
    const empty = { given: new Map(), sought: new Set<ts.Node>(), constants: new Map() }
    const start = { ...reading, chosen, bound, ...empty }
    return [{ value: evaluate(start, node), chosen, bound }]
  } catch (error) {
    if (error instanceof UnknownError) return null
    if (!(error instanceof ForkError)) throw error
    if (chosen.size === DEPTH) return null
    const { key, choices } = error
    const all = choices.map((one) => fold(reading, node, new Map([...chosen, [key, one]])))
    const known = all.flatMap((one) => one ?? [])
    return all.includes(null) || known.length > MOST ? null : known
  }
}

function choose<T>({ chosen }: Folding, key: unknown, choices: readonly T[]): T {
  if (chosen.has(key)) return chosen.get(key) as T
  throw choices.length === 0 ? new UnknownError() : new ForkError(key, choices)
}

function attempt(work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    if (error instanceof UnknownError) return undefined
    throw error
  }
}

function evaluate(folding: Folding, node: ts.Expression): Value {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) return templateOf(folding, node)
  if (ts.isArrayLiteralExpression(node)) return listOf(folding, node)
  if (ts.isObjectLiteralExpression(node)) return objectOf(folding, node)
  if (ts.isIdentifier(node)) return namedOf(folding, node)
  if (ts.isPropertyAccessExpression(node)) return memberOf(folding, node)
  if (ts.isCallExpression(node)) return resultOf(folding, node)
  if (ts.isArrowFunction(node)) return callOf(folding, node)
  if (ts.isConditionalExpression(node)) return eitherOf(folding, node)
  if (ts.isBinaryExpression(node)) return binaryOf(folding, node)
  if (isWrapped(node)) return evaluate(folding, node.expression)
  return literalOf(folding, node)
}

type Wrapped = ts.ParenthesizedExpression | ts.AsExpression | ts.SatisfiesExpression

function isWrapped(node: ts.Node): node is Wrapped {
  return (
    ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)
  )
}

function templateOf(folding: Folding, { head, templateSpans }: ts.TemplateExpression): string {
  const spans = templateSpans.map(
    ({ expression, literal }) => `${evaluate(folding, expression)}${literal.text}`,
  )
  return head.text + spans.join('')
}

function listOf(folding: Folding, { elements }: ts.ArrayLiteralExpression): Value[] {
  return elements.flatMap((element) =>
    ts.isSpreadElement(element)
      ? (evaluate(folding, element.expression) as Value[])
      : [evaluate(folding, element)],
  )
}

function objectOf(folding: Folding, { properties }: ts.ObjectLiteralExpression): Value {
  const entries = properties.flatMap((property): [string, Value][] => {
    if (ts.isSpreadAssignment(property))
      return Object.entries(evaluate(folding, property.expression) as ValueObject)
    if (!ts.isPropertyAssignment(property)) throw new UnknownError()
    return [[property.name.getText(), evaluate(folding, property.initializer)]]
  })
  return Object.fromEntries(entries)
}

function memberOf(folding: Folding, node: ts.PropertyAccessExpression): Value {
  const object = attempt(() => evaluate(folding, node.expression))
  return hasPart(object, node.name.text) ? object[node.name.text] : literalOf(folding, node)
}

function hasPart(object: Value, name: string): object is ValueObject {
  return typeof object === 'object' && object !== null && name in object
}

/** Reads a value from its type, where that is a literal. */
function literalOf({ checker }: Folding, node: ts.Expression): Value {
  const type = checker.getTypeAtLocation(node)
  if (!isLiteral(type)) throw new UnknownError()
  return type.value as Value
}

function typesIn(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type]
}

function isLiteral(type: ts.Type): type is ts.StringLiteralType | ts.NumberLiteralType {
  return type.isStringLiteral() || type.isNumberLiteral()
}

/** Returns true if a value may be of a type, judged by the literals that discriminate a union. */
function fits({ checker }: Folding, type: ts.Type, value: Value): boolean {
  if (isLiteral(type)) return type.value === value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true
  return type.getProperties().every((property) => {
    const own = checker.getTypeOfSymbol(property)
    return !isLiteral(own) || own.value === value[property.name]
  })
}

function eitherOf(folding: Folding, node: ts.ConditionalExpression): Value {
  const { condition, whenTrue, whenFalse } = node
  const known = attempt(() => evaluate(folding, condition))
  const holds =
    typeof known === 'boolean' ? known : choose(folding, condition.getText(), [true, false])
  return evaluate(folding, holds ? whenTrue : whenFalse)
}

function binaryOf(folding: Folding, { left, operatorToken, right }: ts.BinaryExpression): Value {
  const [a, b] = [evaluate(folding, left), evaluate(folding, right)]
  switch (operatorToken.kind) {
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
      return a === b
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
      return a !== b
    default:
      throw new UnknownError()
  }
}

function namedOf(folding: Folding, node: ts.Identifier): Value {
  const symbol = symbolOf(folding, node)
  const declaration = symbol?.valueDeclaration
  const known = declaration && attempt(() => declaredAs(folding, declaration))
  if (known === undefined) return literalOf(folding, node)
  // An enclosing condition may exclude some of the choices.
  const type = folding.checker.getTypeAtLocation(node)
  if (!typesIn(type).some((one) => fits(folding, one, known))) throw new ForkError(symbol, [])
  return known
}

export function symbolOf({ checker }: Pick<Reading, 'checker'>, node: ts.Node) {
  const symbol = checker.getSymbolAtLocation(node)
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function declaredAs(folding: Folding, declaration: ts.Node): Value {
  const exported = exportOf(folding, declaration)
  if (exported !== undefined) return exported
  if (ts.isBindingElement(declaration)) return elementOf(folding, declaration)
  if (ts.isParameter(declaration)) return parameterOf(folding, declaration)
  if (ts.isFunctionDeclaration(declaration)) return callOf(folding, declaration)
  if (!ts.isVariableDeclaration(declaration)) throw new UnknownError()
  const list = declaration.parent
  if (ts.isForOfStatement(list.parent))
    return choose(folding, declaration, evaluate(folding, list.parent.expression) as Value[])
  if (!declaration.initializer || !(list.flags & ts.NodeFlags.Const)) throw new UnknownError()
  const { constants } = folding
  if (!constants.has(declaration))
    constants.set(declaration, evaluate(folding, declaration.initializer))
  return constants.get(declaration)
}

/** Returns the actual constant or function if its module was imported. */
function exportOf({ modules }: Folding, declaration: ts.Node): Value {
  const module = modules.get(declaration.getSourceFile().fileName)
  const isNamed = ts.isVariableDeclaration(declaration) || ts.isFunctionDeclaration(declaration)
  if (!module || !isNamed || !isTopLevel(declaration) || !declaration.name) return undefined
  const exported = module[declaration.name.getText()]
  if (typeof exported !== 'function') return exported as Value
  return (given) => exported(...given.map(({ value }) => value()))
}

function isTopLevel(declaration: ts.Node): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  return ts.isSourceFile(statement.parent)
}

/** Reads a part of `{ a, b: c }`. */
function elementOf(folding: Folding, element: ts.BindingElement): Value {
  const object = declaredAs(folding, element.parent.parent)
  const name = (element.propertyName ?? element.name).getText()
  if (!ts.isObjectBindingPattern(element.parent) || !hasPart(object, name)) throw new UnknownError()
  return object[name]
}

/** Returns the argument of the current call; without one, those of all calls in turn. */
function parameterOf(folding: Folding, parameter: ts.ParameterDeclaration): Value {
  const given = folding.given.get(parameter)
  if (given) return given()
  if (folding.sought.has(parameter)) throw new UnknownError()
  const called = parameter.parent
  const name = ts.isVariableDeclaration(called.parent) ? called.parent.name : called.name
  if (!name) throw new UnknownError()
  const call = choose(folding, symbolOf(folding, name), callsOf(folding, name))
  const argument = call.arguments[called.parameters.indexOf(parameter)] ?? parameter.initializer
  const sought = new Set([...folding.sought, parameter])
  return argument && evaluate({ ...folding, sought }, argument)
}

/** Finds all calls of a function that is never passed as a value. */
function callsOf(folding: Folding, name: ts.Node): ts.CallExpression[] {
  const symbol = symbolOf(folding, name)
  const uses = (folding.uses.get(name.getText()) ?? []).filter(
    (use) => use !== name && !isImported(use) && symbolOf(folding, use) === symbol,
  )
  return uses.map(({ parent }) => {
    if (!ts.isCallExpression(parent) || parent.arguments.some(ts.isSpreadElement))
      throw new UnknownError()
    return parent
  })
}

function isImported({ parent }: ts.Identifier): boolean {
  return ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)
}

function resultOf(folding: Folding, node: ts.CallExpression): Value {
  const given = node.arguments.map((argument) => ({
    node: argument,
    value: () => evaluate(folding, argument),
  }))
  const { expression } = node
  if (bindsParameters(folding, node)) return bindingOf(folding, given[0]?.node)
  if (ts.isPropertyAccessExpression(expression)) {
    const list = attempt(() => evaluate(folding, expression.expression))
    if (Array.isArray(list)) return methodOf(list, expression.name.text, given)
  }
  const called = evaluate(folding, expression)
  if (typeof called !== 'function') throw new UnknownError()
  return called(given)
}

/** Recognizes `parametersOf` of `app/database/parameters.ts`. */
export function bindsParameters(
  reading: Pick<Reading, 'checker'>,
  call: ts.CallExpression,
): boolean {
  const file = symbolOf(reading, call.expression)?.valueDeclaration?.getSourceFile().fileName
  return file?.endsWith('app/database/parameters.ts') ?? false
}

/** Numbers the bound values, which follow the initial values. */
function bindingOf({ bound }: Folding, first: ts.Expression | undefined): Value {
  if (first && !ts.isArrayLiteralExpression(first)) throw new UnknownError()
  const before = first?.elements.length ?? 0
  if (first?.elements.some(ts.isSpreadElement)) throw new UnknownError()
  return {
    bind: ([argument]: Argument[]) => `$${before + bound.push(argument?.node as ts.Expression)}`,
  }
}

function methodOf(list: Value[], name: string, [first]: Argument[]): Value {
  const given = first?.value()
  if (name === 'join') return list.join(String(given))
  if (typeof given !== 'function') throw new UnknownError()
  const call = (one: Value) => given([{ value: () => one }])
  if (name === 'map') return list.map(call)
  if (name === 'filter') return list.filter(call)
  throw new UnknownError()
}

function callOf(folding: Folding, called: ts.ArrowFunction | ts.FunctionDeclaration): Call {
  return (all) => {
    const given = called.parameters.map((parameter, index): [ts.Node, () => Value] => [
      parameter,
      all[index]?.value ?? (() => defaultOf(folding, parameter)),
    ])
    return returnedBy(
      {
        ...folding,
        given: new Map([...folding.given, ...given]),
        constants: new Map(folding.constants),
      },
      called,
    )
  }
}

function defaultOf(folding: Folding, { initializer }: ts.ParameterDeclaration): Value {
  return initializer && evaluate(folding, initializer)
}

/** Evaluates a function that only declares constants before it returns. */
function returnedBy(folding: Folding, { body }: ts.ArrowFunction | ts.FunctionDeclaration): Value {
  if (body && !ts.isBlock(body)) return evaluate(folding, body)
  const before = body?.statements.slice(0, -1) ?? []
  const last = body?.statements.at(-1)
  if (!before.every(ts.isVariableStatement) || !last) throw new UnknownError()
  if (!ts.isReturnStatement(last) || !last.expression) throw new UnknownError()
  return evaluate(folding, last.expression)
}
