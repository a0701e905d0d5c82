/** Names of qualifiers: the supported ones, and common misnomers. */
const NAME_SET = [
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

export type QualifierName = (typeof NAME_SET)[number]

/** Qualifiers for which GitHub has two names. */
export const SAME = new Map<string, QualifierName>([
  ['user', 'org'],
  ['state', 'is'],
])

export const QUALIFIERS: ReadonlySet<string> = new Set([...NAME_SET, ...SAME.keys()])

/** Qualifiers of GitHub for which Whence stores no data. */
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

/** Qualifiers of the search in code alone. */
export const ONLY_CODES = new Set(['lang', 'symbol', 'ref'])

/** The qualifier meant by names that are not similar to it in spelling. */
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
