import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'

/** Conditions of a fault; without any, it affects every call. */
const when = {
  /** Share of matching calls, 0 to 1. */
  rate: z.number().min(0).max(1).default(1),
  /** Number of matching calls that are let through first. */
  after: z.int().nonnegative().default(0),
  /** Maximum number of times that the fault occurs. */
  times: z.int().positive().optional(),
  resource: z.enum(['graphql', 'core']).optional(),
  /** Identity of the caller: `installation:12` or `user:mira`. */
  identity: z.string().optional(),
  /** Text that the path or query of the call must contain. */
  matching: z.string().optional(),
}

const seconds = z.number().nonnegative()
/** A field of the schema, such as `PullRequest.reviews`. */
const field = z.string().regex(/^\w+\.\w+$/, 'must be Type.field')

const LISTS = [
  'repositories',
  'pullRequests',
  'commits',
  'reviews',
  'comments',
  'reviewThreads',
  'threadComments',
  'timelineItems',
  'labels',
  'assignees',
  'closing',
  'checks',
] as const

export const FAULTS = {
  /** 502 with an HTML page, after the work was done and charged. */
  'bad-gateway': z.strictObject({ kind: z.literal('bad-gateway'), ...when }),
  'gateway-timeout': z.strictObject({ kind: z.literal('gateway-timeout'), ...when }),
  /** 200 with truncated JSON. */
  'truncated-json': z.strictObject({ kind: z.literal('truncated-json'), ...when }),
  /** The connection is closed in the middle of the body. */
  'cut-connection': z.strictObject({ kind: z.literal('cut-connection'), ...when }),
  'empty-200': z.strictObject({ kind: z.literal('empty-200'), ...when }),
  /** A correct body with the content type text/html. */
  'wrong-content-type': z.strictObject({ kind: z.literal('wrong-content-type'), ...when }),
  /** Nodes beyond the budget are null, each with RESOURCE_LIMITS_EXCEEDED. */
  'resource-limits': z.strictObject({
    kind: z.literal('resource-limits'),
    nodeBudget: z.int().positive(),
    ...when,
  }),
  /** A share of the nodes is null, each with an error for its path. */
  'partial-errors': z.strictObject({
    kind: z.literal('partial-errors'),
    share: z.number().min(0).max(1).default(0.1),
    ...when,
  }),
  /** A share of the nodes is null, without any error. */
  'null-nodes': z.strictObject({
    kind: z.literal('null-nodes'),
    share: z.number().min(0).max(1).default(0.1),
    ...when,
  }),
  /** The hourly budget is exhausted for the given time. */
  'primary-limit': z.strictObject({
    kind: z.literal('primary-limit'),
    spelling: z.enum(['RATE_LIMITED', 'RATE_LIMIT']).default('RATE_LIMITED'),
    seconds: seconds.default(600),
    ...when,
  }),
  'secondary-limit': z.strictObject({
    kind: z.literal('secondary-limit'),
    status: z.union([z.literal(200), z.literal(403), z.literal(429)]).default(403),
    /** If false, there is no `Retry-After`, but the limit lasts just as long. */
    retryAfter: z.boolean().default(true),
    seconds: seconds.default(60),
    ...when,
  }),
  /** The token of the call is invalid from this call on. */
  'expired-token': z.strictObject({ kind: z.literal('expired-token'), ...when }),
  /** Beyond the timeout, the answer is a 502 at that time. */
  slow: z.strictObject({
    kind: z.literal('slow'),
    seconds: seconds.default(0),
    secondsPerPull: seconds.default(0),
    timeoutSeconds: seconds.default(10),
    ...when,
  }),
  /** The answer is sent after this many later ones, or after ten seconds. */
  'held-answer': z.strictObject({
    kind: z.literal('held-answer'),
    answers: z.int().positive().default(1),
    ...when,
  }),
  /** Every query that reads a list of this pull request ends in a 502; its id and own fields still work. */
  'failing-pull': z.strictObject({ kind: z.literal('failing-pull'), pull: z.string(), ...when }),
  /** A list that is not empty is answered as empty, with a total of 0 and no error. */
  'wrongly-empty': z.strictObject({
    kind: z.literal('wrongly-empty'),
    list: z.enum(LISTS).default('pullRequests'),
    ...when,
  }),
  /** A list has its full total, but ends after `most` items. */
  'short-list': z.strictObject({
    kind: z.literal('short-list'),
    list: z.enum(LISTS),
    most: z.int().nonnegative(),
    ...when,
  }),
  /** A page names the cursor that it was asked for as its end, or has a next page but no cursor. */
  'stuck-page': z.strictObject({
    kind: z.literal('stuck-page'),
    list: field,
    cursor: z.enum(['same', 'null']).default('same'),
    ...when,
  }),
  /** All nodes of a list are null, with FORBIDDEN for the path of each, or without any error. */
  'withheld-nodes': z.strictObject({
    kind: z.literal('withheld-nodes'),
    list: field.default('PullRequest.closingIssuesReferences'),
    error: z.enum(['saml', 'none']).default('saml'),
    ...when,
  }),
  /** A field is null with an error for its path; if it must not be null, what contains it is. */
  'field-error': z.strictObject({
    kind: z.literal('field-error'),
    field,
    type: z.enum(['INTERNAL', 'FORBIDDEN']).default('INTERNAL'),
    ...when,
  }),
  /** A node is null with INTERNAL wherever a query meets it. */
  /** A pull request that was just opened is not found yet. */
  'late-pull': z.strictObject({ kind: z.literal('late-pull'), pull: z.string(), ...when }),
  /** A pull request still has the head from before a push. */
  'late-head': z.strictObject({
    kind: z.literal('late-head'),
    oid: z.string(),
    before: z.string(),
    ...when,
  }),
  'failing-node': z.strictObject({ kind: z.literal('failing-node'), id: z.string(), ...when }),
  /** A query with this field is rejected, as by a server that is older than the field. */
  'unknown-field': z.strictObject({ kind: z.literal('unknown-field'), field, ...when }),
  /** The first calls with each token of an installation are rejected. */
  'fresh-token': z.strictObject({
    kind: z.literal('fresh-token'),
    status: z.union([z.literal(401), z.literal(403)]).default(401),
    calls: z.int().positive().default(2),
    ...when,
  }),
  /** A repository, `owner/name`, is answered by name with 403 and the reason. */
  'blocked-repository': z.strictObject({
    kind: z.literal('blocked-repository'),
    repository: z.string(),
    reason: z.string().default('tos'),
    ...when,
  }),
}

export type FaultKind = keyof typeof FAULTS
export type Fault = { [Kind in FaultKind]: z.output<(typeof FAULTS)[Kind]> }[FaultKind]
export type GivenFault = { [Kind in FaultKind]: z.input<(typeof FAULTS)[Kind]> }[FaultKind]

export function parseFault(given: unknown): Fault {
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : given
  if (typeof kind !== 'string' || !(kind in FAULTS)) {
    const known = Object.keys(FAULTS).join(', ')
    throw new BadSourceError(
      `There is no fault called ${JSON.stringify(kind)}: use one of ${known}.`,
    )
  }
  const result = FAULTS[kind as FaultKind].safeParse(given)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const field = issue?.path.join('.') || 'its options'
  throw new BadSourceError(`Fault ${kind}: ${field}: ${issue?.message}. Correct that option.`)
}
