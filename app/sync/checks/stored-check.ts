import type { CheckNode, CheckRun, StatusContext } from '#app/github/queries/checks.ts'
import { cleanText } from '#app/passages/clean.ts'

/** A check as it is stored, with the names of GitHub's fields. */
export type StoredCheck =
  | (Omit<CheckRun, 'checkSuite'> & {
      /** Name of the App; null if GitHub does not tell. */
      app: string | null
    })
  | StatusContext

/** The longest text that is kept of a check, and the longest address, in UTF-16 units. */
const LONGEST_TEXT = 300
const LONGEST_URL = 2_000

export function storedCheck(node: CheckNode): StoredCheck {
  if (node.__typename === 'StatusContext')
    return {
      __typename: 'StatusContext',
      context: textOf(node.context),
      state: node.state,
      description: node.description && textOf(node.description),
      targetUrl: addressOf(node.targetUrl),
      createdAt: node.createdAt,
    }
  const app = node.checkSuite?.app?.name
  return {
    __typename: 'CheckRun',
    name: textOf(node.name),
    status: node.status,
    conclusion: node.conclusion,
    detailsUrl: addressOf(node.detailsUrl),
    startedAt: node.startedAt,
    completedAt: node.completedAt,
    app: app === undefined ? null : textOf(app),
  }
}

function textOf(text: string): string {
  return cleanText(text.slice(0, LONGEST_TEXT))
}

/** An address that is cut off leads elsewhere. */
function addressOf(address: string | null): string | null {
  return address === null || address.length > LONGEST_URL ? null : cleanText(address)
}
