import { contentHash } from '#app/passages/content-hash.ts'
import { splitPlainly, splitText } from '#app/passages/split.ts'
import type { PassageKind } from '../query/query.ts'
import { wordsOfPassage } from '../text/passage-words.ts'

/** A text written on GitHub. */
export interface Authored {
  kind: PassageKind
  /** Node id of the source; for a commit its oid. */
  sourceId: string
  text: string
  authorId: string | null
  path?: string
  /** Thread of a review comment, from which the passage gets its line. */
  threadId?: string
  /** Title of the pull request; only on descriptions. */
  title?: string
  number?: number
  /** Node id of the repository of a closing issue, if it is another one than the pull request's. */
  issueRepository?: string | null
  url: string
  createdAt: string
}

/** A part of a text that becomes a passage. It can be copied between threads. */
export interface Part {
  text: string
  tokens: number
  /** The hash of the text in hexadecimal digits. */
  hash: string
  /** The text of a tsvector. */
  words: string
  /** Number of words. */
  length: number
}

/**
 * Splits a text, and computes the words and the hash of each part.
 *
 * @returns no parts for a text without content.
 */
export function partsOf(authored: Authored): Part[] {
  return completed(authored, splitText(authored.text))
}

/** Does the same for a text that cannot be split otherwise: into slices, without counting tokens. */
export function plainPartsOf(authored: Authored): Part[] {
  return completed(authored, splitPlainly(authored.text))
}

function completed(authored: Authored, split: { text: string; tokens: number }[]): Part[] {
  const { kind, sourceId, title, number, path = null } = authored
  return split.map(({ text, tokens }, part) => {
    const { vector, length } = wordsOfPassage({ kind, sourceId, part, text, path, title, number })
    return { text, tokens, hash: contentHash(text).toString('hex'), words: vector, length }
  })
}
