import { numberedName, ownPage } from './references.ts'
import type { Content } from './tree.ts'

// Matches logins, `#123`, and abbreviated commit oids, which must have both a digit and a letter.
const NAME =
  /(?<![\w@#/.-])(?:@(?<login>[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?)(?![\w/-])|#(?<number>[1-9]\d{0,8})(?!\w)|(?<oid>(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{7,40})(?![\w-]))/gi
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

function addressOf(
  { login, number, oid }: { login?: string; number?: string; oid?: string },
  { repositoryUrl, copied }: LinkTargets,
): string | null {
  if (!URL.canParse(repositoryUrl)) return null
  if (login) return `${new URL(repositoryUrl).origin}/${login}`
  if (number) {
    const name = numberedName(Number(number), repositoryUrl)
    return name && copied.has(name) ? ownPage(name) : `${repositoryUrl}/issues/${number}`
  }
  return oid ? `${repositoryUrl}/commit/${oid.toLowerCase()}` : null
}
