/** Names of qualifiers: those that are understood, and those that people type instead. */
const NAMES = [
  'repo',
  'org',
  'author',
  'commenter',
  'reviewed-by',
  'involves',
  'assignee',
  'label',
  'milestone',
  'base',
  'head',
  'path',
  'is',
  'draft',
  'review',
  'no',
  'type',
  'created',
  'updated',
  'merged',
  'closed',
  'in',
  'bot',
  'similar',
  'sort',
] as const

export type QualifierName = (typeof NAMES)[number]

/** GitHub has two words for some. */
export const SAME = new Map<string, QualifierName>([
  ['user', 'org'],
  ['state', 'is'],
])

export const QUALIFIERS: ReadonlySet<string> = new Set([...NAMES, ...SAME.keys()])

/** GitHub has them, and Whence does not keep what they ask for. */
export const ONLY_GITHUBS = new Set([
  'archived',
  'comments',
  'interactions',
  'language',
  'linked',
  'mentions',
  'project',
  'reactions',
  'review-requested',
  'sha',
  'status',
  'team',
  'team-review-requested',
  'topic',
  'user-review-requested',
])

/** What somebody meant whose word is not near to ours by its letters. */
export const MEANT = new Map<string, QualifierName>([
  ['after', 'created'],
  ['before', 'created'],
  ['branch', 'head'],
  ['by', 'author'],
  ['creator', 'author'],
  ['date', 'created'],
  ['file', 'path'],
  ['from', 'author'],
  ['owner', 'org'],
  ['repository', 'repo'],
  ['reviewer', 'reviewed-by'],
  ['reviewed', 'reviewed-by'],
  ['since', 'created'],
  ['tag', 'label'],
  ['target', 'base'],
])
