import { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'

/** When a fault strikes; without any of these it strikes every call. */
const when = {
  /** The share of matching calls, 0 to 1. */
  rate: z.number().min(0).max(1).default(1),
  /** So many matching calls pass first. */
  after: z.int().nonnegative().default(0),
  /** It strikes so often at most. */
  times: z.int().positive().optional(),
  resource: z.enum(['graphql', 'core']).optional(),
  /** Whose calls: `installation:12` or `user:mira`. */
  identity: z.string().optional(),
  /** Only calls whose path or query holds this text. */
  matching: z.string().optional(),
}

const seconds = z.number().nonnegative()

export const FAULTS = {
  /** 502 with an HTML page, after the work was done and charged. */
  'bad-gateway': z.strictObject({ kind: z.literal('bad-gateway'), ...when }),
  'gateway-timeout': z.strictObject({ kind: z.literal('gateway-timeout'), ...when }),
  /** 200, and the JSON ends in the middle. */
  'truncated-json': z.strictObject({ kind: z.literal('truncated-json'), ...when }),
  /** The connection ends in the middle of the body. */
  'cut-connection': z.strictObject({ kind: z.literal('cut-connection'), ...when }),
  'empty-200': z.strictObject({ kind: z.literal('empty-200'), ...when }),
  /** The right body, called text/html. */
  'wrong-content-type': z.strictObject({ kind: z.literal('wrong-content-type'), ...when }),
  /** Nodes beyond the budget are null, each with RESOURCE_LIMITS_EXCEEDED. */
  'resource-limits': z.strictObject({
    kind: z.literal('resource-limits'),
    nodeBudget: z.int().positive(),
    ...when,
  }),
  /** A share of the nodes is null with an error of its path. */
  'partial-errors': z.strictObject({
    kind: z.literal('partial-errors'),
    share: z.number().min(0).max(1).default(0.1),
    ...when,
  }),
  /** A share of the nodes is null, and nothing says why. */
  'null-nodes': z.strictObject({
    kind: z.literal('null-nodes'),
    share: z.number().min(0).max(1).default(0.1),
    ...when,
  }),
  /** The hour's budget is gone, for so long. */
  'primary-limit': z.strictObject({
    kind: z.literal('primary-limit'),
    spelling: z.enum(['RATE_LIMITED', 'RATE_LIMIT']).default('RATE_LIMITED'),
    seconds: seconds.default(600),
    ...when,
  }),
  'secondary-limit': z.strictObject({
    kind: z.literal('secondary-limit'),
    status: z.union([z.literal(200), z.literal(403), z.literal(429)]).default(403),
    /** Without `Retry-After` the limit still lasts as long. */
    retryAfter: z.boolean().default(true),
    seconds: seconds.default(60),
    ...when,
  }),
  /** The token of the call is no longer valid, from this call on. */
  'expired-token': z.strictObject({ kind: z.literal('expired-token'), ...when }),
  /** Beyond the time-out the answer is a 502 at that time. */
  slow: z.strictObject({
    kind: z.literal('slow'),
    seconds: seconds.default(0),
    secondsPerPull: seconds.default(0),
    timeoutSeconds: seconds.default(10),
    ...when,
  }),
  /** Whatever reads a list of this pull request ends in a 502; its id and own fields still answer. */
  'failing-pull': z.strictObject({ kind: z.literal('failing-pull'), pull: z.string(), ...when }),
  /** A list that is not empty is answered as empty, with a total of 0 and no error. */
  'wrongly-empty': z.strictObject({
    kind: z.literal('wrongly-empty'),
    list: z
      .enum([
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
      ])
      .default('pullRequests'),
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
