/** What an event says to read again: ids only, so that no text of anybody is kept beside the copy. */
import { z } from 'zod'

const oid = z.string().regex(/^[0-9a-f]{40,64}$/)
const number = z
  .number()
  .int()
  .positive()
  .max(2 ** 31)
/** GitHub's number of an object, as text: it may exceed what JavaScript can count. */
const githubId = z.number().int().positive().transform(String)

/** A repository that an installation was granted or lost. */
const grant = z.object({ id: githubId }).transform(({ id }) => id)

export const facts = z.discriminatedUnion('kind', [
  /** One pull request. */
  z.object({ kind: z.literal('pull'), number, head: oid.optional() }),
  /** The pull requests that close an issue. */
  z.object({ kind: z.literal('issue'), number }),
  /** The pull requests with one of these heads. */
  z.object({ kind: z.literal('heads'), oids: z.array(oid), isPush: z.boolean() }),
  /** The pull requests that have a label or a milestone, by the SHA-256 of its name, since names are texts. */
  z.object({
    kind: z.literal('mark'),
    of: z.enum(['label', 'milestone']),
    name: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  z.object({
    kind: z.literal('repository'),
    change: z.enum(['deleted', 'privatized', 'transferred', 'other']),
  }),
  z.object({
    kind: z.literal('grants'),
    added: z.array(z.string()),
    removed: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('installation'),
    change: z.enum(['deleted', 'suspend', 'other']),
  }),
  /** The repository, or without one all of the installation: too much was lost to read it one by one. */
  z.object({ kind: z.literal('sync') }),
  /** Who may read what: of one person, by GitHub's number, or of everybody in the installation. */
  z.object({ kind: z.literal('access'), person: z.string().nullable() }),
  /** Nothing: the reason in words. */
  z.object({ kind: z.literal('nothing'), reason: z.string() }),
])
export type Facts = z.infer<typeof facts>

/** The parts of payloads that matter; all else is ignored. */
const id = z.object({ id: githubId })
export const parts = {
  action: z.object({ action: z.string().regex(/^[a-z_]{1,64}$/) }),
  installation: z.object({ installation: id }),
  repository: z.object({ repository: id }),
  pull: z.object({ pull_request: z.object({ number, head: z.object({ sha: oid }) }) }),
  issue: z.object({ issue: z.object({ number, pull_request: z.unknown().optional() }) }),
  push: z.object({ before: oid.optional(), after: oid }),
  check: z.union([
    z.object({ check_run: z.object({ head_sha: oid }) }).transform((one) => one.check_run.head_sha),
    z
      .object({ check_suite: z.object({ head_sha: oid }) })
      .transform((one) => one.check_suite.head_sha),
    z.object({ sha: oid }).transform(({ sha }) => sha),
  ]),
  label: z.object({
    label: z.object({ name: z.string() }),
    changes: z.object({ name: z.object({ from: z.string() }).optional() }).optional(),
  }),
  milestone: z.object({
    milestone: z.object({ title: z.string() }),
    changes: z.object({ title: z.object({ from: z.string() }).optional() }).optional(),
  }),
  member: z.object({ member: id }),
  membership: z.object({ membership: z.object({ user: id }) }),
  sender: z.object({ sender: id }),
  grants: z.object({
    repositories_added: z.array(grant).default([]),
    repositories_removed: z.array(grant).default([]),
  }),
}
