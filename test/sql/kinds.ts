import ts from 'typescript'

/**
 * A TypeScript type as the driver sees it: `string`, `number`, `boolean`, `bigint`, `Date`, `Buffer`,
 * `object`, `null`, `undefined`, `unknown`, or an array of one of them (`string[]`). An object that contains
 * a date is a `dated object`, which JSON cannot represent.
 */
export type Kind = string

/** Returns the kinds of a type, sorted; a union can have several. */
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
  // A branded string.
  if (type.isIntersection()) {
    const kinds = type.types.flatMap((one) => kindsOfOne(checker, one))
    return [kinds.find((kind) => !kind.endsWith('object')) ?? 'object']
  }
  const element = elementOf(checker, type)
  if (element) return kindsOf(checker, element).map((kind) => `${kind}[]`)
  if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.NonPrimitive))) return ['unknown']
  return [CLASSES[type.symbol?.name] ?? (hasDate(checker, type) ? 'dated object' : 'object')]
}

/** Returns the element type of an array or tuple. */
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
