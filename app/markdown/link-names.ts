import { numberedName, ownPage } from './references.ts'
import type { Content } from './tree.ts'

// Matches logins, `#123`, `owner/name#123`, and abbreviated commit oids, which must have both a digit and a letter.
// Ed25519, the name of a kind of keys, looks like one.
const NAME =
  /(?<![\w@#/.-])(?:@(?<login>[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?)(?![\w/-])|(?<repository>[a-z\d][a-z\d-]{0,38}\/[\w.-]{1,100})?#(?<number>[1-9]\d{0,8})(?!\w)|(?<oid>(?!ed25519\b)(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{7,40})(?![\w-]))/gi
export const REL = ['nofollow', 'noopener', 'noreferrer']

/** A repository's URL on GitHub, and the pull requests that have a page of our own. */
export interface LinkTargets {
  repositoryUrl: string
  /** `owner/name#number`, in lower case. */
  copied: ReadonlySet<string>
}

/**
 * Turns the names in plain text into links: to our own page of a pull request in the copy, and otherwise to
 * GitHub, which also resolves issues and logins.
 */
export function linkNames(value: string, targets: LinkTargets): Content[] {
  const parts: Content[] = []
  let offset = 0
  for (const { 0: name, index, groups } of value.matchAll(NAME)) {
    const href = addressOf(groups ?? {}, targets)
    if (href === null) continue
    if (index > offset) parts.push({ type: 'text', value: value.slice(offset, index) })
    parts.push({
      type: 'element',
      tagName: 'a',
      properties: href.startsWith('/') ? { href } : { href, rel: REL },
      children: [{ type: 'text', value: name }],
    })
    offset = index + name.length
  }
  if (offset < value.length) parts.push({ type: 'text', value: value.slice(offset) })
  return parts
}

type Named = Partial<Record<'login' | 'repository' | 'number' | 'oid', string>>

function addressOf(
  { login, repository, number, oid }: Named,
  { repositoryUrl, copied }: LinkTargets,
): string | null {
  if (!URL.canParse(repositoryUrl)) return null
  const { origin } = new URL(repositoryUrl)
  if (login) return `${origin}/${login}`
  if (number) {
    const name = numberedName(Number(number), repositoryUrl, repository)
    if (name && copied.has(name)) return ownPage({ name, anchor: null })
    return `${repository ? `${origin}/${repository}` : repositoryUrl}/issues/${number}`
  }
  return oid ? `${repositoryUrl}/commit/${oid.toLowerCase()}` : null
}
