/** Recognises declarations in the syntax trees of all grammars, which name alike what is alike. */
import type { Language, Node } from '@vscode/tree-sitter-wasm'

export interface Head {
  /** Path of names: `Class.method`. */
  symbol: string
  signature: string
}

export interface Declaration {
  node: Node
  /** Path of the declarations around it. */
  path: string
  /** Lines [from, to), from 0. */
  from: number
  to: number
}

const DECLARATIONS = new Set([
  ...['function_definition', 'function_declaration', 'generator_function_declaration'],
  ...['function_item', 'function_signature_item', 'function_signature', 'function_statement'],
  ...['method_definition', 'method_declaration', 'method', 'singleton_method', 'method_signature'],
  ...['constructor_declaration', 'destructor_declaration', 'property_declaration'],
  ...[
    'public_field_definition',
    'field_definition',
    'operator_declaration',
    'class_method_definition',
  ],
  ...['class_definition', 'class_declaration', 'abstract_class_declaration', 'class_specifier'],
  ...['class_statement', 'class', 'module', 'internal_module', 'namespace_definition'],
  ...['namespace_declaration', 'file_scoped_namespace_declaration', 'mod_item', 'mod_declaration'],
  ...['struct_specifier', 'union_specifier', 'enum_specifier', 'struct_declaration', 'struct_item'],
  ...['union_item', 'enum_item', 'enum_declaration', 'enum_statement', 'interface_declaration'],
  ...['trait_item', 'trait_declaration', 'impl_item', 'record_declaration', 'delegate_declaration'],
  ...['annotation_type_declaration', 'type_alias_declaration', 'type_item', 'type_definition'],
  ...['type_spec', 'type_alias', 'alias_declaration', 'const_item', 'static_item', 'const_spec'],
  ...[
    'macro_definition',
    'preproc_def',
    'preproc_function_def',
    'variable_declarator',
    'declaration',
  ],
])
/** What stands around a declaration and belongs to it. */
const WRAPPERS = new Set([
  ...['export_statement', 'decorated_definition', 'template_declaration', 'lexical_declaration'],
  ...['variable_declaration', 'type_declaration', 'const_declaration', 'ambient_declaration'],
])
const COMMENTS = new Set([
  ...['comment', 'line_comment', 'block_comment', 'decorator', 'attribute_item', 'attribute_list'],
])

const LONGEST_NAME = 120
const LONGEST_SIGNATURE = 300
/** Names in a path; those further inside are left out. */
const MOST_NAMES = 8
const WRAPPED_CHILDREN = 8
/** The type that ends a receiver, with its parameters: `(b *Box[T])`. */
const RECEIVER = /([\p{L}_][\p{L}\p{N}_]{0,100})(?:\[[^\]]{0,100}\])?\)$/u

export type Kind = 'declaration' | 'wrapper' | 'comment'

const kinds = new WeakMap<Language, (Kind | undefined)[]>()

/** Kinds of the nodes of a language, by the ids of their types. */
export function kindsOf(language: Language): (Kind | undefined)[] {
  const known = kinds.get(language)
  if (known) return known
  const found = Array.from({ length: language.nodeTypeCount }, (_, id) => {
    const type = language.nodeTypeForId(id) ?? ''
    if (!language.nodeTypeIsNamed(id)) return undefined
    if (COMMENTS.has(type)) return 'comment'
    if (WRAPPERS.has(type)) return 'wrapper'
    return DECLARATIONS.has(type) ? 'declaration' : undefined
  })
  kinds.set(language, found)
  return found
}

/** Reads the head of a declaration, as long as the tree exists; null if it has no name. */
export function readHead(
  { node, path }: Pick<Declaration, 'node' | 'path'>,
  text: string,
): Head | null {
  const inner = WRAPPERS.has(node.type) ? unwrap(node) : node
  const name = inner && nameOf(inner, text)
  if (!inner || !name) return null
  const symbol = path.split('.').length >= MOST_NAMES ? path : path ? `${path}.${name}` : name
  const body = inner.childForFieldName('body') ?? inner.childForFieldName('value')
  const end = Math.min(body?.startIndex ?? node.endIndex, node.startIndex + 2 * LONGEST_SIGNATURE)
  return { symbol, signature: onOneLine(text.slice(node.startIndex, end), LONGEST_SIGNATURE) }
}

function unwrap(node: Node): Node | null {
  for (let at = 0; at < Math.min(node.namedChildCount, WRAPPED_CHILDREN); at++) {
    const child = node.namedChild(at)
    if (!child || COMMENTS.has(child.type)) continue
    if (DECLARATIONS.has(child.type)) return child
    if (WRAPPERS.has(child.type)) return unwrap(child)
  }
  return null
}

function nameOf(node: Node, text: string): string | null {
  const named = node.childForFieldName('name') ?? declaredBy(node) ?? namedOtherwise(node)
  if (!named || named.endIndex - named.startIndex > LONGEST_NAME) return null
  const name = onOneLine(text.slice(named.startIndex, named.endIndex), LONGEST_NAME)
  const receiver = node.childForFieldName('receiver')
  // `func (s *Server) Close()` is a method of Server.
  const owner = receiver && node.type === 'method_declaration' ? ownerOf(receiver, text) : null
  const plain = name.replaceAll('::', '.')
  return owner ? `${owner}.${plain}` : plain || null
}

function ownerOf(receiver: Node, text: string): string | null {
  return RECEIVER.exec(text.slice(receiver.startIndex, receiver.endIndex).slice(-200))?.[1] ?? null
}

/** In C, the name is inside the declarators of pointers, arrays and functions. */
function declaredBy(node: Node): Node | null {
  let found = node.childForFieldName('declarator')
  for (let depth = 0; found && depth < 16; depth++) {
    const inner: Node | null =
      found.childForFieldName('declarator') ??
      (/^(?:parenthesized|reference)_declarator$/.test(found.type) ? found.namedChild(0) : null)
    if (!inner) return found
    found = inner
  }
  return null
}

/** The grammars of Rust and PowerShell have no field for these names. */
function namedOtherwise(node: Node): Node | null {
  if (node.type === 'impl_item') return node.childForFieldName('type')
  const first = node.namedChild(0)
  return first && /^(?:function|simple)_name$/.test(first.type) ? first : null
}

function onOneLine(text: string, longest: number): string {
  return text
    .slice(0, 2 * longest)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longest)
}
