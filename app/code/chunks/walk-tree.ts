/**
 * Finds in a syntax tree where chunks may begin, and its declarations. Only what is larger than a chunk is looked
 * into, so that most of the tree is never visited.
 */
import type { Language, Tree, TreeCursor } from '@vscode/tree-sitter-wasm'
import { type Declaration, type Kind, kindsOf, readHead } from './declarations.ts'
import { type Lines, sizeOf } from './lines.ts'
import { allowBorder, type Costs } from './place-borders.ts'

/** A border between a comment and what follows costs more than it can ever save. */
const AFTER_COMMENT = 2
const PER_LEVEL = 0.1
const MOST_FOR_LEVEL = 0.6
/** Levels of a tree that are looked into; deeper ones are cut at lines. */
const DEEPEST = 150

interface Walk {
  cursor: TreeCursor
  lines: Lines
  costs: Costs
  size: number
  kinds: (Kind | undefined)[]
  body: number
  declarations: Declaration[]
}

interface Place {
  depth: number
  /** Path of the declarations around. */
  path: string
  /** True inside a wrapper, whose declaration is known already. */
  isWrapped: boolean
}

/** @returns the declarations that have been seen, by their first lines. */
export function walkTree(
  tree: Tree,
  language: Language,
  cut: { lines: Lines; costs: Costs; size: number },
): Declaration[] {
  const cursor = tree.walk()
  const walk: Walk = {
    ...cut,
    cursor,
    kinds: kindsOf(language),
    body: language.fieldIdForName('body') ?? -1,
    declarations: [],
  }
  try {
    walkChildren(walk, { depth: 0, path: '', isWrapped: false })
  } finally {
    cursor.delete()
  }
  return walk.declarations
}

function walkChildren(walk: Walk, place: Place): void {
  const { cursor } = walk
  if (!cursor.gotoFirstChild()) return
  let lastLine = place.depth === 0 ? -1 : cursor.startPosition.row
  let isAfterComment = false
  do {
    const first = cursor.startPosition.row
    const end = cursor.endPosition
    // What ends with a line break ends on that line.
    const last = end.column === 0 && end.row > first ? end.row - 1 : end.row
    const kind = walk.kinds[cursor.nodeTypeId]
    // The sign that ends a block stays with the block, and a body with its head.
    const canBegin = cursor.nodeIsNamed && cursor.currentFieldId !== walk.body
    if (canBegin && first > lastLine) {
      const isAttached = isAfterComment && first === lastLine + 1
      const level = Math.min(MOST_FOR_LEVEL, place.depth * PER_LEVEL)
      allowBorder(walk.costs, first, level + (isAttached ? AFTER_COMMENT : 0))
    }
    visit(walk, place, { first, last, kind })
    // One that is larger than a chunk is divided anyway.
    isAfterComment = kind === 'comment' && sizeOf(walk.lines, first, last + 1) <= walk.size
    lastLine = Math.max(lastLine, last)
  } while (cursor.gotoNextSibling())
  cursor.gotoParent()
}

function visit(
  walk: Walk,
  place: Place,
  { first, last, kind }: { first: number; last: number; kind: Kind | undefined },
): void {
  const { cursor, lines, declarations } = walk
  const to = Math.min(last + 1, lines.count)
  const isLeaf = first === last || place.depth >= DEEPEST || sizeOf(lines, first, to) <= walk.size
  const isDeclaration = (kind === 'declaration' || kind === 'wrapper') && !place.isWrapped
  const declaration = isDeclaration && {
    node: cursor.currentNode,
    path: place.path,
    from: first,
    to,
  }
  // The heads of most are never read, which would take longer than the rest.
  if (isLeaf) {
    if (declaration) declarations.push(declaration)
    return
  }
  const head = declaration && readHead(declaration, lines.text)
  if (declaration && head) declarations.push(declaration)
  walkChildren(walk, {
    depth: place.depth + 1,
    path: head ? head.symbol : place.path,
    isWrapped: kind === 'wrapper' && (place.isWrapped || Boolean(head)),
  })
}
