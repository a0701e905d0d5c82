import ts from 'typescript'

/**
 * A TypeScript type as far as the driver knows it: `string`, `number`, `boolean`, `bigint`, `Date`, `Buffer`,
 * `object`, `null`, `undefined`, `unknown`, or a list of one of them (`string[]`). An object that holds a date
 * is a `dated object`, which no JSON can be.
 */
export type Kind = string

/** The kinds of a type, sorted: several of a union. */
export function kindsOf(checker: ts.TypeChecker, type: ts.Type): Kind[] {
  const types = type.isUnion() ? type.types : [type]
  return [...new Set(types.flatMap((one) => kindsOfOne(checker, one)))].sort()
}

const FLAGS: [ts.TypeFlags, Kind][] = [
  [ts.TypeFlags.Null, 'null'],
  [ts.TypeFlags.Undefined | ts.TypeFlags.Void, 'undefined'],
  [ts.TypeFlags.StringLike, 'string'],
  [ts.TypeFlags.NumberLike, 'number'],
  [ts.TypeFlags.BooleanLike, 'boolean'],
  [ts.TypeFlags.BigIntLike, 'bigint'],
]
const CLASSES: Record<string, Kind> = { Date: 'Date', Buffer: 'Buffer', Uint8Array: 'Buffer' }

function kindsOfOne(checker: ts.TypeChecker, type: ts.Type): Kind[] {
  const plain = FLAGS.find(([flags]) => type.flags & flags)
  if (plain) return [plain[1]]
  // A string with a brand.
  if (type.isIntersection()) {
    const kinds = type.types.flatMap((one) => kindsOfOne(checker, one))
    return [kinds.find((kind) => !kind.endsWith('object')) ?? 'object']
  }
  const element = elementOf(checker, type)
  if (element) return kindsOf(checker, element).map((kind) => `${kind}[]`)
  if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.NonPrimitive))) return ['unknown']
  return [CLASSES[type.symbol?.name] ?? (hasDate(checker, type) ? 'dated object' : 'object')]
}

/** The element's type of a list. */
function elementOf(checker: ts.TypeChecker, type: ts.Type): ts.Type | undefined {
  return checker.isArrayType(type) || checker.isTupleType(type)
    ? type.getNumberIndexType()
    : undefined
}

const DEPTH = 5

function hasDate(checker: ts.TypeChecker, type: ts.Type, depth = DEPTH): boolean {
  if (depth === 0) return false
  if (type.isUnionOrIntersection()) return type.types.some((one) => hasDate(checker, one, depth))
  if (type.symbol?.name === 'Date') return true
  if (!(type.flags & ts.TypeFlags.Object)) return false
  const element = elementOf(checker, type) ?? type.getStringIndexType()
  if (element) return hasDate(checker, element, depth - 1)
  return type
    .getProperties()
    .some((one) => hasDate(checker, checker.getTypeOfSymbol(one), depth - 1))
}
