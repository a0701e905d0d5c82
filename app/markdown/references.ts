/** Names of pull requests in texts: `owner/name#number`, in lower case. */

const NUMBER = /(?<![\w@#/.-])#([1-9]\d{0,8})(?!\w)/g
const PAGE = /^\/([\w.-]+)\/([\w.-]+)\/(?:pull|issues)\/([1-9]\d{0,8})\/?$/
const ADDRESS = /https?:\/\/[^\s<>()[\]"']+/g

/** Returns the pull requests or issues that a text refers to, by number or by address. */
export function referencesIn(text: string, repositoryUrl: string): string[] {
  const numbers = [...text.matchAll(NUMBER)].map(([, number]) =>
    numberedName(Number(number), repositoryUrl),
  )
  const addresses = [...text.matchAll(ADDRESS)].map(([address]) =>
    addressedName(address, repositoryUrl),
  )
  return [...numbers, ...addresses].filter((name) => name !== null)
}

/** Returns the name of `#number` in a text of the repository. */
export function numberedName(number: number, repositoryUrl: string): string | null {
  if (!URL.canParse(repositoryUrl)) return null
  return `${new URL(repositoryUrl).pathname.slice(1)}#${number}`.toLowerCase()
}

/** Returns the name of the pull request at an address on the repository's GitHub, if it is its first page. */
export function addressedName(address: string, repositoryUrl: string): string | null {
  if (!URL.canParse(address) || !URL.canParse(repositoryUrl)) return null
  const { origin, pathname, search, hash } = new URL(address)
  const [, owner, name, number] = PAGE.exec(pathname) ?? []
  const isElsewhere = origin !== new URL(repositoryUrl).origin || search !== '' || hash !== ''
  return isElsewhere || number === undefined ? null : `${owner}/${name}#${number}`.toLowerCase()
}

/** Returns the address of our own page of a pull request. */
export function ownPage(name: string): string {
  return `/pulls/${name.replace('#', '/')}`
}
