import {
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'

/** What the text of a query refers to: its fragments and the values of its variables. */
export type Asked = {
  fragments: Record<string, FragmentDefinitionNode>
  variables: Record<string, unknown>
}

export function readsNodes(asked: Asked, selections: SelectionSetNode): boolean {
  return selections.selections.some((selection) => {
    if (selection.kind === Kind.FIELD) return ['nodes', 'edges'].includes(selection.name.value)
    const inner =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? asked.fragments[selection.name.value]?.selectionSet
        : selection.selectionSet
    return inner !== undefined && readsNodes(asked, inner)
  })
}

type Gathered = { parent: string; nodes: FieldNode[] }

/**
 * Collects the fields that are answered together: expands fragments and merges equal keys of the same type.
 */
export function gather(asked: Asked, type: string, selections: SelectionSetNode): Gathered[] {
  const found = new Map<string, Gathered>()
  const open = (parent: string, set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (!isIncluded(asked, selection)) continue
      if (selection.kind === Kind.FIELD) {
        const key = `${parent} ${selection.alias?.value ?? selection.name.value}`
        const gathered = found.get(key) ?? { parent, nodes: [] }
        gathered.nodes.push(selection)
        found.set(key, gathered)
        continue
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? asked.fragments[selection.name.value] : selection
      if (fragment) open(fragment.typeCondition?.name.value ?? parent, fragment.selectionSet)
    }
  }
  open(type, selections)
  return [...found.values()]
}

export function mergeSelections(nodes: FieldNode[]): SelectionSetNode | null {
  const selections = nodes.flatMap((node) => node.selectionSet?.selections ?? [])
  return selections.length === 0 ? null : { kind: Kind.SELECTION_SET, selections }
}

function isIncluded(asked: Asked, selection: SelectionSetNode['selections'][number]): boolean {
  return (selection.directives ?? []).every((directive) => {
    const condition = argument(asked, directive, 'if')
    if (directive.name.value === 'skip') return condition !== true
    return directive.name.value !== 'include' || condition !== false
  })
}

export function argument(asked: Asked, node: Pick<FieldNode, 'arguments'>, name: string): unknown {
  const given = node.arguments?.find((one) => one.name.value === name)
  return given && valueIn(asked, given.value)
}

function valueIn(asked: Asked, value: ValueNode): unknown {
  if (value.kind === Kind.VARIABLE) return asked.variables[value.name.value]
  if (value.kind === Kind.INT) return Number(value.value)
  if (value.kind === Kind.LIST) return value.values.map((one) => valueIn(asked, one))
  return 'value' in value ? value.value : null
}
