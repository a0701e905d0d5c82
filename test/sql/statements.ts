/** Finds every statement of the product, with the TypeScript types of its parameters and rows. */
import { relative } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../architecture/sources.ts'
import { bindsParameters, type Folded, fold, symbolOf } from './fold.ts'
import { type Kind, kindsOf } from './kinds.ts'
import type { Product } from './program.ts'

/** The kinds of a row's fields, with {@link ANY} for all others; null if the rows have no type. */
export type Row = Record<string, Kind[]> | null

export const ANY = '*'

export interface Text {
  sql: string
  row: Row
  /** The kinds of each value; null if their number is unknown. */
  values: Kind[][] | null
}

export interface Statement {
  path: string
  line: number
  /** The enclosing function. */
  name: string
  /** The possible texts; null if they are only known at run time. */
  texts: Text[] | null
  row: Row
}

export function collectStatements(product: Product): Statement[] {
  return namesOf(product, '/app/database/pool.server.ts').flatMap((name) => {
    const call = callOf(name)
    return call ? [describe(product, name, call)] : []
  })
}

/** Finds what {@link collectStatements} cannot see: `query` passed as a value, or the driver's own. */
export function collectEscapes(product: Product): string[] {
  const handedOn = namesOf(product, '/app/database/pool.server.ts').filter((name) => !callOf(name))
  const driver = namesOf(product, '/node_modules/@types/pg/index.d.ts')
  return [...handedOn, ...driver].map((name) => `${pathOf(name)}:${lineOf(name)}`)
}

/** Finds each `query` that a file declares. */
function namesOf({ checker, uses }: Product, declaredIn: string): ts.Identifier[] {
  return (uses.get('query') ?? []).filter((name) => {
    const [signature] = checker.getTypeAtLocation(name).getCallSignatures()
    return signature?.declaration?.getSourceFile().fileName.endsWith(declaredIn)
  })
}

/** Returns the call in `db.query(…)` or `query(…)`. */
function callOf(name: ts.Identifier): ts.CallExpression | null {
  const called = ts.isPropertyAccessExpression(name.parent) ? name.parent : name
  const call = called.parent
  return ts.isCallExpression(call) && call.expression === called ? call : null
}

function pathOf(node: ts.Node): string {
  return relative(ROOT, node.getSourceFile().fileName)
}

function lineOf(name: ts.Node): number {
  return name.getSourceFile().getLineAndCharacterOfPosition(name.getStart()).line + 1
}

function describe(product: Product, query: ts.Identifier, call: ts.CallExpression): Statement {
  const [text, values] = call.arguments as unknown as [ts.Expression, ts.Expression?]
  const type = rowTypeOf(product, call)
  const texts = fold(product, text)?.map((folded): [string, Text] => {
    const sql = String(folded.value)
    const row = rowOf(product, type, folded.chosen)
    return [sql, { sql, row, values: valuesOf({ ...product, ...folded }, values) }]
  })
  return {
    path: pathOf(call),
    // As in a stack trace.
    line: lineOf(query),
    name: enclosingName(call),
    texts: texts?.length ? [...new Map(texts).values()] : null,
    row: rowOf(product, type),
  }
}

function enclosingName(node: ts.Node): string {
  for (let at = node.parent; at; at = at.parent)
    if (ts.isFunctionDeclaration(at) && at.name) return at.name.text
  return 'top'
}

function rowTypeOf({ checker }: Product, call: ts.CallExpression): ts.Type | undefined {
  const signature = checker.getResolvedSignature(call)
  return signature && checker.getTypeArgumentsForResolvedSignature(signature)?.[0]
}

type Chosen = Folded['chosen']

function rowOf(product: Product, type: ts.Type | undefined, chosen: Chosen = new Map()): Row {
  const { checker } = product
  if (!type || type.flags & (ts.TypeFlags.NonPrimitive | ts.TypeFlags.Any)) return null
  const row: Record<string, Kind[]> = {}
  for (const part of partsOf(product, type, chosen)) {
    for (const field of checker.getPropertiesOfType(part)) {
      const kinds = kindsOf(checker, checker.getTypeOfSymbol(field))
      row[field.name] = [...(row[field.name] ?? []), ...kinds]
    }
    if (part.getStringIndexType()) row[ANY] = ['unknown']
  }
  return row
}

/** Splits intersections and unions; a type parameter becomes the type argument of the current call. */
function partsOf(product: Product, type: ts.Type, chosen: Chosen): ts.Type[] {
  if (type.isUnionOrIntersection())
    return type.types.flatMap((one) => partsOf(product, one, chosen))
  if (!type.isTypeParameter()) return [type]
  const [declaration] = type.symbol.declarations ?? []
  const called = declaration?.parent as ts.FunctionDeclaration | undefined
  const name = called?.name && symbolOf(product, called.name)
  const call = chosen.get(name) as ts.CallExpression | undefined
  const signature = call && product.checker.getResolvedSignature(call)
  const given = signature && product.checker.getTypeArgumentsForResolvedSignature(signature)
  const index = called?.typeParameters?.indexOf(declaration as ts.TypeParameterDeclaration) ?? 0
  return given?.[index] ? partsOf(product, given[index], chosen) : []
}

type Binding = Product & Pick<Folded, 'bound' | 'chosen'>

function valuesOf(binding: Binding, node: ts.Expression | undefined): Kind[][] | null {
  if (!node) return []
  if (ts.isArrayLiteralExpression(node)) return elementsOf(binding, node.elements)
  if (ts.isCallExpression(node)) return returnedValues(binding, node)
  // `values`, or `parameters.values`
  const object = ts.isPropertyAccessExpression(node) ? node.expression : node
  const made = initializerOf(symbolOf(binding, object)?.valueDeclaration)
  return made ? valuesOf(binding, made) : null
}

function initializerOf(declaration: ts.Node | undefined): ts.Expression | undefined {
  if (!declaration) return undefined
  if (ts.isBindingElement(declaration)) return initializerOf(declaration.parent.parent)
  return ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined
}

function elementsOf(binding: Binding, elements: readonly ts.Expression[]): Kind[][] | null {
  const values = elements.map((element) =>
    ts.isSpreadElement(element)
      ? valuesOf(binding, element.expression)
      : [kindsAt(binding, element)],
  )
  return values.includes(null) ? null : values.flatMap((each) => each ?? [])
}

function kindsAt({ checker }: Product, node: ts.Expression): Kind[] {
  return kindsOf(checker, checker.getTypeAtLocation(node))
}

function returnedValues(binding: Binding, call: ts.CallExpression): Kind[][] | null {
  const { expression, arguments: given } = call
  if (bindsParameters(binding, call)) {
    const before = valuesOf(binding, given[0])
    return before && [...before, ...binding.bound.map((one) => kindsAt(binding, one))]
  }
  if (ts.isPropertyAccessExpression(expression)) return mappedValues(binding, call, expression)
  const called = symbolOf(binding, expression)?.valueDeclaration
  if (!called || !ts.isFunctionDeclaration(called)) return null
  if (called.name?.text === 'columnsOf' && given[1]) return binaryLists(binding, given[1])
  const last = called.body?.statements.at(-1)
  return last && ts.isReturnStatement(last) ? valuesOf(binding, last.expression) : null
}

/** Returns one value for each name of `NAMES.map(…)`. */
function mappedValues(
  product: Product,
  call: ts.CallExpression,
  { expression, name }: ts.PropertyAccessExpression,
): Kind[][] | null {
  const [folded] = (name.text === 'map' && fold(product, expression)) || []
  const { checker } = product
  const element = checker.getTypeAtLocation(call).getNumberIndexType()
  if (!folded || !Array.isArray(folded.value) || !element) return null
  return folded.value.map(() => kindsOf(checker, element))
}

/** Returns the kinds of columns in binary format, which name their types. */
function binaryLists(binding: Binding, columns: ts.Expression): Kind[][] | null {
  const [folded] = fold(binding, columns, binding.chosen) ?? []
  return folded ? Object.values(folded.value as object).map((type) => [`binary ${type}[]`]) : null
}
