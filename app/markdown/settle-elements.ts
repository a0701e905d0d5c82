/** Adapts GitHub's elements to our pages, which fetch nothing from other sites. */
import { boundSpans } from './bound-spans.ts'
import { type LinkTargets, linkNames, REL } from './link-names.ts'
import { addressedPlace, ownPage } from './references.ts'
import type { Content, Element, Tree } from './tree.ts'

export interface ElementPlace extends LinkTargets {
  /** Prefix of every id, so that the ids of two texts on a page differ. */
  prefix: string
}

interface Around {
  isLinked: boolean
  isCode: boolean
}

type Node = Tree['children'][number] | Content

export function settleElements(tree: Tree, place: ElementPlace): void {
  const around = { isLinked: false, isCode: false }
  boundSpans(tree)
  tree.children = settleAll(tree.children, place, around) as Tree['children']
}

function settleAll(nodes: Node[], place: ElementPlace, around: Around): Node[] {
  return nodes.flatMap((node): Node[] => {
    if (node.type === 'text' && !around.isLinked && !around.isCode)
      return linkNames(node.value, place)
    return node.type === 'element' ? settleElement(node, place, around) : [node]
  })
}

function settleElement(element: Element, place: ElementPlace, around: Around): Node[] {
  const { tagName } = element
  if (tagName === 'img') return [imageLink(element, around)]
  if (tagName === 'input') return [text(element.properties.checked ? '☑' : '☐')]
  const isLinked = around.isLinked || tagName === 'a'
  const isCode = around.isCode || tagName === 'code' || tagName === 'pre' || tagName === 'kbd'
  const children = settleAll(element.children, place, { isLinked, isCode }) as Content[]
  const settled = { ...element, children }
  if (tagName === 'a') return [settleLink(settled, place)]
  if (tagName === 'table') return [wrapTable(settled)]
  const heading = /^h([1-6])$/.exec(tagName)
  // Each text has a heading on the page, so its own headings move two levels down.
  if (heading) return [{ ...settled, tagName: `h${Math.min(6, Number(heading[1]) + 2)}` }]
  return [settled]
}

function settleLink(element: Element, { prefix, repositoryUrl, copied }: ElementPlace): Element {
  const { href, ...properties } = element.properties
  const address = typeof href === 'string' ? ownAddress(href, prefix) : null
  if (address === null) return { ...element, properties }
  const place = addressedPlace(address, repositoryUrl)
  if (place && copied.has(place.name))
    return { ...element, properties: { ...properties, href: ownPage(place) } }
  return { ...element, properties: { ...properties, href: address, rel: REL } }
}

/** Returns the address, spelled out so that it has the same meaning on our pages; null if it has none there. */
function ownAddress(href: string, prefix: string): string | null {
  if (href.startsWith('#')) return `#${prefix}${href.slice(1)}`
  if (!URL.canParse(href)) return null
  const url = new URL(href)
  return /^(https?|mailto):$/.test(url.protocol) ? url.href : null
}

function imageLink({ properties }: Element, around: Around): Content {
  const alt = typeof properties.alt === 'string' ? properties.alt.trim() : ''
  const label = text(alt === '' ? 'image' : `image: ${alt}`)
  const href = typeof properties.src === 'string' ? ownAddress(properties.src, '') : null
  if (around.isLinked || href === null || href.startsWith('#')) return label
  return {
    type: 'element',
    tagName: 'a',
    properties: { href, rel: REL },
    children: [label],
  }
}

function wrapTable(table: Element): Element {
  return {
    type: 'element',
    tagName: 'div',
    properties: { className: ['wide'], tabIndex: 0, role: 'group', ariaLabel: 'Table' },
    children: [table],
  }
}

function text(value: string): Content {
  return { type: 'text', value }
}
