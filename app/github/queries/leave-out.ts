/** A field of a query. */
export interface QueryField {
  /** The definition that it stands in, such as `fragment review`. */
  definition: string
  /** The fields around it, from the definition down; by default it is a field of the definition itself. */
  parents?: string[]
  field: string
}

/** Fields that older servers know under another name, with nearly the same content. */
const FORMER: Record<string, string> = { assignedActors: 'assignees' }

const ARGUMENTS = String.raw`(?:\([^()]*\))?`
const DIRECTIVE = String.raw`(?:\s*@\w+\([^()]*\))?`
const EMPTY = new RegExp(String.raw`\b(?:\w+\s*:\s*)?\w+\s*${ARGUMENTS}${DIRECTIVE}\s*\{\s*\}`, 'g')

/** Spreads, arguments and directives, braces, and fields with their alias. */
const TOKEN = /\.\.\.(?:\s*on\s+\w+|\w+)|\([^()]*\)|@\w+|[{}]|(?:(\w+)\s*:\s*)?(\w+)/g

/**
 * Removes a field from one definition of a query, with what becomes empty or unused, or gives it its former
 * name. Fields of the same name elsewhere stay. The text is returned unchanged if it does not have the field.
 */
export function leaveOut(text: string, { definition, parents = [], field }: QueryField): string {
  const changed = splitDefinitions(text)
    .map((part) =>
      part.startsWith(`${definition} `) ? withoutField(part, [...parents, field]) : part,
    )
    .join('\n')
  return changed === text ? text : withoutUnused(changed)
}

function splitDefinitions(text: string): string[] {
  return text.split(/\n(?=fragment )/)
}

function withoutField(part: string, path: string[]): string {
  const start = part.indexOf('{')
  const [head, body] = [part.slice(0, start), part.slice(start)]
  const found = findField(body, path)
  if (!found) return part
  const before = body.slice(0, found.start)
  const after = body.slice(found.end)
  const former = FORMER[path.at(-1) ?? '']
  if (former) return `${head}${before}${found.key}: ${former}${after}`
  return head + withoutEmpty(before + after.slice(selectionEnd(after)))
}

interface FoundField {
  /** Its alias, or its name. */
  key: string
  start: number
  end: number
}

/** @param path keys of the fields around it, and its own name; inline fragments do not count. */
function findField(body: string, path: string[]): FoundField | null {
  const around: (string | null)[] = []
  let key: string | null = null
  for (const { 0: token, 1: alias, 2: name, index } of body.matchAll(TOKEN)) {
    if (token === '{') around.push(key)
    else if (token === '}') around.pop()
    else if (token.startsWith('...')) key = null
    if (name === undefined) continue
    key = alias ?? name
    const own = [...around.filter((one) => one !== null), name]
    if (own.join() === path.join()) return { key, start: index, end: index + token.length }
  }
  return null
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
