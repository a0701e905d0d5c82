/** Reads what a repository says of its files: `.gitattributes` in any folder, and `.whenceignore` at the root. */
import { type Glob, matches, readGlob, trimPattern } from './glob.ts'
import type { FileRules } from './shapes.ts'

export const IGNORE_FILE = '.whenceignore'
export const ATTRIBUTES_FILE = '.gitattributes'

/** Rules of a file; later ones are not read. */
const MOST_RULES = 1_000
const NAMES = ['generated', 'vendored', 'documentation'] as const
const ATTRIBUTE = /^([-!]?)linguist-(generated|vendored|documentation|language)(?:=(\S+))?$/

interface AttributeRule {
  glob: Glob
  /** Names of the folder that the rule is in. */
  folder: string[]
  /** Null: as if it had not been said. */
  sets: { [name in keyof FileRules]?: FileRules[name] | null }
}

interface IgnoreRule {
  glob: Glob
  isNegated: boolean
}

/** Returns the rules of each path. @param files the files of these names, in any order. */
export function readAttributes(
  files: { path: string; text: string }[],
): (path: string) => FileRules {
  const sets = files
    .filter(({ path }) => path === ATTRIBUTES_FILE || path.endsWith(`/${ATTRIBUTES_FILE}`))
    // A file further inside overrides those around it.
    .toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
    .flatMap(({ path, text }) => readAttributeRules(text, path.split('/').slice(0, -1)))
  const ignores = files.filter(({ path }) => path === IGNORE_FILE)
  const ignored = ignores.flatMap(({ text }) => readIgnoreRules(text))
  return (path) => {
    const names = path.split('/')
    return { ...attributesOf(sets, names), ...(isIgnored(ignored, names) && { ignored: true }) }
  }
}

function rulesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => trimPattern(line))
  return lines.filter((line) => line !== '' && !line.startsWith('#')).slice(0, MOST_RULES)
}

function readAttributeRules(text: string, folder: string[]): AttributeRule[] {
  return rulesOf(text).flatMap((line) => {
    const [pattern = '', ...words] = splitRule(line.trim())
    const glob = readGlob(pattern)
    const sets = Object.assign({}, ...words.map(readAttribute))
    // Git lets no rule of attributes match a folder, or exclude.
    if (!glob || glob.isFolder || pattern.startsWith('!') || Object.keys(sets).length === 0)
      return []
    return [{ glob, folder, sets }]
  })
}

function splitRule(line: string): string[] {
  const end = line.startsWith('"') ? line.indexOf('"', 1) : -1
  if (end === -1) return line.split(/\s+/)
  return [
    line.slice(1, end),
    ...line
      .slice(end + 1)
      .trim()
      .split(/\s+/),
  ]
}

function readAttribute(word: string): AttributeRule['sets'] {
  const [, sign, name, value] = ATTRIBUTE.exec(word) ?? []
  if (!name) return {}
  if (sign === '!') return { [name]: null }
  if (name === 'language') return { language: sign === '-' ? null : (value ?? null) }
  return { [name]: sign !== '-' && value !== 'false' }
}

function attributesOf(rules: AttributeRule[], path: string[]): FileRules {
  const said: AttributeRule['sets'] = {}
  for (const { glob, folder, sets } of rules)
    if (folder.every((name, index) => name === path[index]))
      if (matches(glob, path.slice(folder.length))) Object.assign(said, sets)
  const found: FileRules = {}
  for (const name of NAMES) if (typeof said[name] === 'boolean') found[name] = said[name]
  if (said.language) found.language = said.language
  return found
}

function readIgnoreRules(text: string): IgnoreRule[] {
  return rulesOf(text).flatMap((line) => {
    const isNegated = line.startsWith('!')
    const glob = readGlob(isNegated ? line.slice(1) : line)
    return glob ? [{ glob, isNegated }] : []
  })
}

/** As Git has it: nothing brings back what is in a folder that is left out. */
function isIgnored(rules: IgnoreRule[], path: string[]): boolean {
  if (rules.length === 0) return false
  for (let length = 1; length <= path.length; length++) {
    const isFolder = length < path.length
    const rule = rules.findLast(
      ({ glob }) => (isFolder || !glob.isFolder) && matches(glob, path.slice(0, length)),
    )
    if (rule && !rule.isNegated) return true
  }
  return false
}
