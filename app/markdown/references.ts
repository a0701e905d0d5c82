/** Names of pull requests in texts: `owner/name#number`, in lower case. */

/** `#7` or `owner/name#7`, in a text of a repository. */
const NUMBERED = /(?<![\w@#/.-])(?:([a-z\d][a-z\d-]{0,38}\/[\w.-]{1,100}))?#([1-9]\d{0,8})(?!\w)/gi
const PAGE =
  /^\/([\w.-]+)\/([\w.-]+)\/(?:pull|issues)\/([1-9]\d{0,8})(?:\/commits\/([0-9a-f]{40,64}))?\/?$/
const ENTRY = /^#((?:issuecomment-|discussion_r|pullrequestreview-)\d+)$/
// Punctuation after an address is not part of it.
const ADDRESS = /https?:\/\/[^\s<>()[\]"']*[^\s<>()[\]"'.,;:!?*_~]/g

/** A pull request, or an entry of its conversation. */
interface Place {
  name: string
  /** The entry's anchor on our page, which is GitHub's own; null for the pull request itself. */
  anchor: string | null
}

/** Returns the pull requests or issues that a text refers to, by number or by address. */
export function referencesIn(text: string, repositoryUrl: string): string[] {
  const numbers = [...text.matchAll(NUMBERED)].map(([, repository, number]) =>
    numberedName(Number(number), repositoryUrl, repository),
  )
  const addresses = [...text.matchAll(ADDRESS)].map(
    ([address]) => addressedPlace(address, repositoryUrl)?.name ?? null,
  )
  return [...numbers, ...addresses].filter((name) => name !== null)
}

/**
 * Returns the name of `#number` in a text of the repository.
 *
 * @param other the repository that is named before the number.
 */
export function numberedName(number: number, repositoryUrl: string, other?: string): string | null {
  if (!URL.canParse(repositoryUrl)) return null
  return `${other ?? new URL(repositoryUrl).pathname.slice(1)}#${number}`.toLowerCase()
}

/** Returns what an address on the repository's GitHub leads to, if our page of a pull request shows it. */
export function addressedPlace(address: string, repositoryUrl: string): Place | null {
  if (!URL.canParse(address) || !URL.canParse(repositoryUrl)) return null
  const { origin, pathname, search, hash } = new URL(address)
  const [, owner, name, number, oid] = PAGE.exec(pathname) ?? []
  const isElsewhere = origin !== new URL(repositoryUrl).origin || search !== ''
  if (isElsewhere || number === undefined) return null
  const anchor = oid ? `commit-${oid}` : (ENTRY.exec(hash)?.[1] ?? null)
  if (hash !== '' && anchor === null) return null
  return { name: `${owner}/${name}#${number}`.toLowerCase(), anchor }
}

/** Returns the address of our own page of a pull request, or of a place on it. */
export function ownPage({ name, anchor }: Place): string {
  const page = `/pulls/${name.replace('#', '/')}`
  return anchor === null ? page : `${page}?at=${anchor}#${anchor}`
}
