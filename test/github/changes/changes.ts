import type { z } from 'zod'
import { BadSourceError } from '#test/github/bad-source.ts'
import { eventsAfter, eventsBefore } from '../hooks/events.ts'
import type { World } from '../world/world.ts'
import * as access from './access.ts'
import { commit, deleteBranch } from './branches.ts'
import type { Change } from './change.ts'
import * as conversation from './conversation.ts'
import * as marks from './marks.ts'
import * as pullRequests from './pull-requests.ts'
import * as pushes from './pushes.ts'
import * as repositories from './repositories.ts'

/** All changes that can happen while the stand-in runs, by name. */
export const CHANGES = {
  ...conversation,
  ...pushes,
  commit,
  deleteBranch,
  ...pullRequests,
  ...repositories,
  ...marks,
  ...access,
}

type ChangeName = keyof typeof CHANGES

export type Changes = {
  [Name in ChangeName]: (typeof CHANGES)[Name] extends Change<
    infer Input,
    infer _Args,
    infer Result
  >
    ? (args: Input) => Result
    : never
}

/**
 * Returns the changes as functions on one world; invalid arguments are rejected with the name of the field.
 */
export function changesOf(world: World): Changes {
  const entries = Object.keys(CHANGES).map((name) => [
    name,
    (args: unknown) => applyChange(world, name, args),
  ])
  return Object.fromEntries(entries) as Changes
}

export function applyChange(world: World, name: string, args: unknown): unknown {
  if (!(name in CHANGES)) {
    const known = Object.keys(CHANGES).join(', ')
    throw new BadSourceError(`There is no change called ${name}: use one of ${known}.`)
  }
  const { format, apply } = CHANGES[name as ChangeName] as unknown as Change<
    unknown,
    unknown,
    unknown
  >
  const result = (format as z.ZodType<unknown>).safeParse(args)
  if (result.success) {
    const told = name as ChangeName
    const before = eventsBefore(world, told, result.data as never)
    const changed = apply(world, result.data)
    const after = eventsAfter(world, told, result.data as never, changed as never)
    for (const event of [...before, ...after]) world.announce(event)
    return changed
  }
  const issue = result.error.issues[0]
  const field = issue?.path.join('.') || 'its arguments'
  throw new BadSourceError(`Change ${name}: ${field}: ${issue?.message}. Correct that argument.`)
}
