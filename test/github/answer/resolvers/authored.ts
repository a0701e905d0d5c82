import { mayRead } from '../../world/access.ts'
import type { Actor, Comment, Issue, Repository } from '../../world/model.ts'
import { fullName } from '../../world/world.ts'
import { connectInOrder, type Resolution, type Resolvers } from '../resolution.ts'
import { pullUrl } from './pull-request.ts'

type Worded = {
  body: string
  createdAt: string
  lastEditedAt: string | null
  author: Actor | null
  databaseId: number
  minimizedReason?: string | null
}

/** Fields that pull requests, comments, reviews and review comments share. */
export const said: Resolvers<Worded> = {
  bodyText: (source) => source.body.replaceAll('\r\n', '\n').trim(),
  publishedAt: (source) => source.createdAt,
  includesCreatedEdit: (source) => source.lastEditedAt !== null,
  createdViaEmail: () => false,
  isMinimized: (source) => Boolean(source.minimizedReason),
  minimizedReason: (source) => source.minimizedReason ?? null,
  fullDatabaseId: (source) => String(source.databaseId),
  viewerDidAuthor: (source, _, { identity }) =>
    source.author !== null && source.author === identity.viewer,
}

export const comment: Resolvers<Comment> = {
  url: (source, _, reading) =>
    `${pullUrl(source.pullRequest, reading)}#issuecomment-${source.databaseId}`,
  repository: (source) => source.pullRequest.repository,
}

export const issue: Resolvers<Issue> = {
  url: (source, _, reading) => issueUrl(source, reading),
  resourcePath: (source) => `/${fullName(source.repository)}/issues/${source.number}`,
  closed: (source) => source.state === 'CLOSED',
  lastEditedAt: () => null,
  editor: () => null,
}

function issueUrl(source: Issue, { webUrl }: Resolution): string {
  return `${webUrl}/${fullName(source.repository)}/issues/${source.number}`
}

export const account: Resolvers<Actor> = {
  name: (source) => source.name,
  url: (source, _, { webUrl }) => `${webUrl}/${source.login}`,
  resourcePath: (source) => `/${source.login}`,
  avatarUrl: (source, _, { webUrl }) => `${webUrl}/avatars/${source.databaseId}`,
  isViewer: (source, _, { identity }) => source.id === identity.viewer?.id,
  repositories: (source, args: object, reading) =>
    connectInOrder(repositoriesOf(source, reading), args, reading),
}

function repositoriesOf(owner: Actor, { world, identity }: Resolution): Repository[] {
  return [...world.repositories.values()].filter(
    (one) => one.owner === owner && mayRead(identity, one),
  )
}
