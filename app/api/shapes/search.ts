/** A search answer; app/search/present/answer.ts tells what its parts mean. */
import { z } from 'zod'

const moment = z.iso.datetime({ offset: true })
const count = z.number().int()

export const searchMode = z.enum(['auto', 'keyword', 'semantic'])

const passage = z.object({
  kind: z.enum(['repository', 'description', 'comment', 'review', 'review_comment', 'commit']),
  author: z.string().nullable(),
  isBot: z.boolean(),
  createdAt: moment,
  text: z.string().describe('The relevant part of the text. Not sanitised.'),
  highlights: z
    .array(z.tuple([count, count]))
    .describe('The positions of the matching words in `text`: [start, end) in UTF-16 units.'),
  path: z.string().nullable(),
  line: count.nullable(),
  url: z.string(),
})

const shared = {
  repository: z.string(),
  title: z.string(),
  url: z.string(),
  createdAt: moment,
  updatedAt: moment,
  score: z.number().describe('Comparable only within one answer.'),
  passages: z.array(passage),
}

const pullRequestHit = z.object({
  kind: z.literal('pull_request'),
  ...shared,
  number: count,
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  isDraft: z.boolean(),
  author: z.string().nullable(),
  mergedAt: moment.nullable(),
  labels: z.array(z.string()),
})

const repositoryHit = z.object({
  kind: z.literal('repository'),
  ...shared,
  number: z.null(),
  state: z.null(),
  author: z.null(),
})

const facet = z.array(z.object({ value: z.string(), count }))

export const searchAnswer = z.object({
  query: z.string(),
  mode: z.enum(['keyword', 'semantic', 'hybrid']),
  warnings: z.array(z.string()),
  hits: z.array(z.discriminatedUnion('kind', [pullRequestHit, repositoryHit])),
  total: z.object({ count, isExact: z.boolean() }),
  facets: z.object({ repository: facet, author: facet, label: facet, state: facet, year: facet }),
  next: z.string().nullable().describe('Send it as `cursor` to get the next page.'),
})
