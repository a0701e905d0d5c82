import type { Content, Element, Tree } from './tree.ts'

/** The cells that the spans of a text may cover. Browsers lay out each of them, however short the text. */
const CELLS = 3_000

/** Removes the spans of table cells once those before them cover as much as a text may. */
export function boundSpans(tree: Tree): void {
  let left = CELLS
  for (const { properties } of cellsOf(tree.children)) {
    left -= spanOf(properties.colSpan) * spanOf(properties.rowSpan)
    if (left >= 0) continue
    delete properties.colSpan
    delete properties.rowSpan
  }
}

function cellsOf(nodes: (Content | Tree['children'][number])[]): Element[] {
  return nodes.flatMap((node) => {
    if (node.type !== 'element') return []
    const inside = cellsOf(node.children)
    return /^t[dh]$/.test(node.tagName) ? [node, ...inside] : inside
  })
}

function spanOf(value: unknown): number {
  const span = Number(value ?? 1)
  return span >= 1 ? Math.ceil(span) : 1
}
