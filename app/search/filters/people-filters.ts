/** Builds conditions on `pr` about its participants and its reviews. */
import type { Parameters } from '#app/database/parameters.ts'
import type { ReviewState } from '../query/query.ts'
import { isNamed } from './patterns.ts'

type Role = 'author' | 'assignee' | 'commenter' | 'reviewed-by' | 'involves'

// A reviewer's latest verdict counts; comments are not verdicts. Each review by a ghost counts as a
// separate reviewer's.
const LAST_WORDS = `(select distinct on (coalesce(v.author_id, v.node_id)) v.state from review v
  where v.pull_request_id = pr.id and v.state in ('APPROVED', 'CHANGES_REQUESTED', 'DISMISSED')
  order by coalesce(v.author_id, v.node_id), coalesce(v.submitted_at, v.created_at) desc,
    v.node_id desc)`
// GitHub sets a decision only where the branch requires reviews.
const DECISION = `coalesce(pr.review_decision, (select case
    when bool_or(last.state = 'CHANGES_REQUESTED') then 'CHANGES_REQUESTED'
    when bool_or(last.state = 'APPROVED') then 'APPROVED' end from ${LAST_WORDS} last))`
const REVIEW: Record<ReviewState, string> = {
  approved: `${DECISION} = 'APPROVED'`,
  changes_requested: `${DECISION} = 'CHANGES_REQUESTED'`,
  none: `not exists (select from review v where v.pull_request_id = pr.id and v.state <> 'PENDING')`,
}

// GitHub gives one agent another login in commits and in REST than in pull requests.
const ALIASES: Record<string, string[]> = {
  copilot: ['copilot-swe-agent', 'copilot-pull-request-reviewer'],
  'copilot-swe-agent': ['copilot'],
  'copilot-pull-request-reviewer': ['copilot'],
}

export function reviewCondition(state: ReviewState): string {
  return REVIEW[state]
}

/**
 * Returns an SQL array of the users' node ids. The login of an app can be given without its `[bot]` suffix, and
 * an agent with several logins by any of them.
 */
export function peopleOf(logins: string[], parameters: Parameters): string {
  const all = logins
    .flatMap((login) => {
      const bare = login.toLowerCase().replace(/\[bot\]$/, '')
      const aliases = ALIASES[bare]
      return aliases ? [bare, ...aliases] : [login]
    })
    .flatMap((login) => (login.endsWith('[bot]') ? [login] : [login, `${login}[bot]`]))
  return `array(select u.node_id from github_user u where ${isNamed('u.login', all, parameters)})`
}

/** @param people the SQL array returned by `peopleOf`. */
export function personCondition(part: Role, people: string): string {
  const byThem = (table: string, rest = '') =>
    `exists (select from ${table} v where v.pull_request_id = pr.id
      and v.author_id = any (${people})${rest})`
  const author = `pr.author_id = any (${people})`
  const assignee = `pr.assignee_ids && ${people}`
  const comments = [byThem('comment'), byThem('review_comment')]
  const review = byThem('review', ` and v.state <> 'PENDING'`)
  if (part === 'author') return author
  if (part === 'assignee') return assignee
  if (part === 'reviewed-by') return review
  return part === 'commenter'
    ? `(${[...comments, byThem('review', ` and v.body <> ''`)].join(' or ')})`
    : `(${[author, assignee, ...comments, review].join(' or ')})`
}
