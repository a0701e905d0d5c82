/** A field of a query: the definition that it stands in, such as `fragment review`, and its name. */
export interface QueryField {
  definition: string
  field: string
}

/** Fields that older servers know under another name, with nearly the same content. */
const FORMER: Record<string, string> = { assignedActors: 'assignees' }

const ARGUMENTS = String.raw`(?:\([^()]*\))?`
const DIRECTIVE = String.raw`(?:\s*@\w+\([^()]*\))?`
const EMPTY = new RegExp(String.raw`\b(?:\w+\s*:\s*)?\w+\s*${ARGUMENTS}${DIRECTIVE}\s*\{\s*\}`, 'g')

/**
 * Removes a field from one definition of a query, with what becomes empty or unused, or gives it its former
 * name. The text is returned unchanged if the definition does not have the field.
 */
export function leaveOut(text: string, { definition, field }: QueryField): string {
  const changed = splitDefinitions(text)
    .map((part) => (part.startsWith(`${definition} `) ? withoutField(part, field) : part))
    .join('\n')
  return changed === text ? text : withoutUnused(changed)
}

function splitDefinitions(text: string): string[] {
  return text.split(/\n(?=fragment )/)
}

function withoutField(part: string, field: string): string {
  const start = part.indexOf('{')
  const [head, body] = [part.slice(0, start), part.slice(start)]
  const found = new RegExp(String.raw`\b(?:(\w+)\s*:\s*)?${field}\b(?!\s*:)`).exec(body)
  if (!found) return part
  const former = FORMER[field]
  const before = body.slice(0, found.index)
  const after = body.slice(found.index + found[0].length)
  if (former) return `${head}${before}${found[1] ?? field}: ${former}${after}`
  return head + withoutEmpty(before + after.slice(selectionEnd(after)))
}

/** Returns where the arguments, directive and selection of a field end that stands before the text. */
function selectionEnd(text: string): number {
  const [start = ''] = new RegExp(`^${ARGUMENTS}${DIRECTIVE}`).exec(text) ?? []
  const rest = text.slice(start.length)
  if (!/^\s*\{/.test(rest)) return start.length
  let depth = 0
  for (let at = 0; at < rest.length; at++) {
    if (rest[at] === '{') depth++
    if (rest[at] === '}' && --depth === 0) return start.length + at + 1
  }
  return text.length
}

function withoutEmpty(body: string): string {
  const changed = body.replace(EMPTY, '')
  return changed === body ? body : withoutEmpty(changed)
}

/** Removes fragments and variables that nothing uses any more, because a query with them is invalid. */
function withoutUnused(text: string): string {
  const [operation = '', ...fragments] = splitDefinitions(text)
  const used = fragments.filter((part) => {
    const name = /^fragment (\w+)/.exec(part)?.[1] ?? ''
    return new RegExp(String.raw`\.\.\.${name}\b`).test(text)
  })
  if (used.length < fragments.length) return withoutUnused([operation, ...used].join('\n'))
  const variables = [...operation.matchAll(/(\$\w+): [\w![\]]+,? ?/g)]
  return variables.reduce((shorter, [declared, name = '']) => {
    const isUsed = text.split(name).length > 2
    return isUsed ? shorter : shorter.replace(declared, '')
  }, text)
}
