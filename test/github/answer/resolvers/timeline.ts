import type { PullRequest } from '../../world/model.ts'
import { hashedDatabaseId } from '../../world/node-ids.ts'
import type { PageArgs } from '../paging.ts'
import { connect, type Resolution } from '../resolution.ts'
import { commitOfPull } from './pull-request.ts'
import { demand } from './query.ts'

type TimelineArgs = PageArgs & {
  itemTypes?: string[] | null
  since?: string | null
  skip?: number | null
}

type Entry = { type: string; at: string; order: number; item: unknown }

/** Returns commits, reviews, comments and events in one list, ordered by time. */
export function timelineItems(pull: PullRequest, args: TimelineArgs, reading: Resolution) {
  reading.approach(pull)
  if (!args.itemTypes || args.itemTypes.includes('PULL_REQUEST_COMMIT')) demand(reading, 'contents')
  const all = reading.show('timelineItems', entriesOf(pull)).items
  const wanted = all.filter(
    (entry) =>
      (!args.itemTypes || args.itemTypes.includes(entry.type)) &&
      (!args.since || entry.at >= args.since),
  )
  const items = wanted.slice(args.skip ?? 0)
  const list = { items, place: (entry: Entry) => [entry.at, entry.order] as const }
  const connection = connect(list, args, reading, (entry) => entry.item)
  return {
    ...connection,
    filteredCount: wanted.length,
    pageCount: Math.min(items.length, args.first ?? args.last ?? items.length),
    updatedAt: pull.updatedAt,
  }
}

function entriesOf(pull: PullRequest): Entry[] {
  const entries: Entry[] = [
    ...pull.commits.map((commit, index) => ({
      type: 'PULL_REQUEST_COMMIT',
      at: commit.committedDate,
      order: index,
      item: commitOfPull(pull, commit),
    })),
    ...pull.reviews.map((item) => entry('PULL_REQUEST_REVIEW', item, item.databaseId)),
    ...pull.comments.map((item) => entry('ISSUE_COMMENT', item, item.databaseId)),
    ...pull.threads
      .filter((thread) => thread.comments.every((comment) => comment.review === null))
      .map((thread) => ({
        type: 'PULL_REQUEST_REVIEW_THREAD',
        at: thread.comments[0]?.createdAt ?? pull.createdAt,
        order: thread.databaseId,
        item: thread,
      })),
    ...pull.events.map((item) => {
      const type = item.__typename.replace(/(?!^)([A-Z])/g, '_$1').toUpperCase()
      return entry(type, item, hashedDatabaseId(item.id))
    }),
  ]
  return entries.sort((a, b) => (a.at === b.at ? a.order - b.order : a.at < b.at ? -1 : 1))
}

function entry(type: string, item: { createdAt: string }, order: number): Entry {
  return { type, at: item.createdAt, order, item }
}
