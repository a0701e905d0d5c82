import { createHash } from 'node:crypto'

const PREFIXES = {
  User: 'U',
  Bot: 'BOT',
  Organization: 'O',
  Repository: 'R',
  Label: 'LA',
  Milestone: 'MI',
  Issue: 'I',
  Commit: 'C',
  IssueComment: 'IC',
  PullRequest: 'PR',
  PullRequestCommit: 'PURC',
  PullRequestReview: 'PRR',
  PullRequestReviewThread: 'PRRT',
  PullRequestReviewComment: 'PRRC',
  MergedEvent: 'ME',
  ClosedEvent: 'CE',
  ReopenedEvent: 'REE',
  HeadRefForcePushedEvent: 'HRFPE',
  Ref: 'REF',
  StatusCheckRollup: 'SCR',
  Language: 'LANG',
  RepositoryTopic: 'RT',
  Topic: 'TOP',
} as const

export type NodeKind = keyof typeof PREFIXES

/** Builds a next-global-id: a prefix and the MessagePack of `[0, …parts]`, where parts are ids or an oid. */
export function nodeId(kind: NodeKind, ...parts: (number | string)[]): string {
  const packed = Buffer.concat([
    Buffer.from([0x90 + parts.length + 1, 0x00]),
    ...parts.map((part) => (typeof part === 'number' ? packInteger(part) : packText(part))),
  ])
  return `${PREFIXES[kind]}_${packed.toString('base64url')}`
}

function packInteger(value: number): Buffer {
  const bytes = Buffer.alloc(5, 0xce)
  bytes.writeUInt32BE(value, 1)
  return bytes
}

function packText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([0xd9, bytes.length]), bytes])
}

/** Returns the integers inside a next-global-id with two parts; null for any other text. */
export function readNodeId(id: string): { repository: number; own: number } | null {
  // The first underscore ends the prefix; base64url contains underscores itself.
  const [, packed] = /^[A-Z]+_(.*)$/.exec(id) ?? []
  const bytes = Buffer.from(packed ?? '', 'base64url')
  if (bytes.length !== 12 || bytes[0] !== 0x93 || bytes[2] !== 0xce || bytes[7] !== 0xce)
    return null
  return { repository: bytes.readUInt32BE(3), own: bytes.readUInt32BE(8) }
}

/** Returns the database id inside an id of the old format (`MDEx…`: "011:PullRequest585035584"), or null. */
export function readLegacyId(id: string): number | null {
  if (id.includes('_')) return null
  const digits = /^0\d+:[A-Z][A-Za-z]+?(\d+)$/.exec(Buffer.from(id, 'base64').toString('latin1'))
  return digits ? Number(digits[1]) : null
}

/** Returns a stable database id for objects that only have a name; below 2³¹, as GraphQL's `Int` requires. */
export function hashedDatabaseId(text: string): number {
  return (createHash('sha256').update(text).digest().readUInt32BE(0) & 0x3fffffff) + 1
}

export function hashedOid(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
