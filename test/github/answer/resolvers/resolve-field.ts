import {
  defaultTypeResolver,
  type GraphQLResolveInfo,
  type GraphQLTypeResolver,
  isObjectType,
} from 'graphql'
import type { Resolution, Resolvers } from '../resolution.ts'
import { account, comment, issue, said } from './authored.ts'
import { checkRun, commit, gitActor, statusCheckRollup, statusContext } from './commit.ts'
import { changedFile, pullRequest, pullRequestCommit, timelineEvent } from './pull-request.ts'
import { query } from './query.ts'
import { label, milestone, ref, repository } from './repository.ts'
import { review, reviewComment, thread } from './review.ts'

const RESOLVERS: Record<string, Resolvers<never>> = {
  Query: query,
  Repository: repository,
  Ref: ref,
  Label: label,
  Milestone: milestone,
  PullRequest: { ...said, ...pullRequest },
  PullRequestCommit: pullRequestCommit,
  PullRequestChangedFile: changedFile,
  PullRequestReview: { ...said, ...review },
  PullRequestReviewThread: thread,
  PullRequestReviewComment: { ...said, ...reviewComment },
  IssueComment: { ...said, ...comment },
  Issue: { ...said, ...issue },
  Commit: commit,
  GitActor: gitActor,
  StatusCheckRollup: statusCheckRollup,
  CheckRun: checkRun,
  StatusContext: statusContext,
  MergedEvent: timelineEvent,
  ClosedEvent: timelineEvent,
  ReopenedEvent: timelineEvent,
  HeadRefForcePushedEvent: timelineEvent,
  User: account,
  Bot: account,
  Organization: account,
}

/**
 * Resolves every field of the schema: with its resolver, otherwise with the record's property of that name. A
 * field that the stand-in does not know is an explicit error, never a plausible null.
 */
export function resolveField(
  source: unknown,
  args: Record<string, unknown>,
  reading: Resolution,
  info: GraphQLResolveInfo,
): unknown {
  const name = `${info.parentType.name}.${info.fieldName}`
  return reading.alter({ name, args }, valueOfField(source, args, reading, info))
}

function valueOfField(
  source: unknown,
  args: Record<string, unknown>,
  reading: Resolution,
  info: GraphQLResolveInfo,
): unknown {
  const type = info.parentType.name
  refuseStranger(source, type)
  const resolver = RESOLVERS[type]?.[info.fieldName]
  if (resolver) return resolver(source as never, args as never, reading, info)
  if (typeof source === 'object' && source !== null) {
    if (info.fieldName === 'id' && !reading.wantsNextIds && 'legacyId' in source) {
      if (typeof source.legacyId === 'string') return source.legacyId
    }
    if (info.fieldName in source) return source[info.fieldName as keyof typeof source]
  }
  throw new Error(`The stand-in GitHub does not model ${type}.${info.fieldName}`)
}

/**
 * Checks the type of the record, because graphql-js checks union members but not that a field gets a record
 * of its type.
 */
function refuseStranger(source: unknown, type: string): void {
  if (typeof source !== 'object' || source === null || !('__typename' in source)) return
  if (source.__typename === type) return
  throw new Error(`The stand-in GitHub gave a ${String(source.__typename)} where ${type} is due`)
}

export const resolveType: GraphQLTypeResolver<unknown, Resolution> = (
  value,
  reading,
  info,
  type,
) => {
  const named = defaultTypeResolver(value, reading, info, type)
  const known = typeof named === 'string' ? info.schema.getType(named) : undefined
  if (isObjectType(known)) return known.name
  throw new Error(`The stand-in GitHub gave a ${type.name} without a __typename of the schema`)
}
