import { createHash } from 'node:crypto'
import type { Actor, Commit, PullRequest } from '../world/model.ts'
import { type Html, html, link } from './html.ts'
import { nameOf } from './repository-page.ts'

interface Said {
  /** Its anchor on GitHub's page. */
  anchor: string
  author: Actor | null
  verb: string
  at: string
  body: string
}

export function pullPage(pull: PullRequest): Html {
  const state = pull.isDraft ? 'draft' : pull.state.toLowerCase()
  return html`<p>${state}, ${pull.headRefName} into ${pull.baseRefName}, in ${link(nameOf(pull.repository), nameOf(pull.repository).join('/'))}</p>
<p>${pull.labels.map((label) => html`${link([...nameOf(pull.repository), 'labels', label.name], label.name)} `)}</p>
${saidIn(pull).map(articleOf)}
<h2>Commits</h2>
<ul>${pull.commits.map((commit) => html`<li>${commitLink(pull, commit)}</li>`)}</ul>
<h2>Files</h2>
<ul>${pull.files.map(({ path }) => html`<li id="${fileAnchor(path)}">${path}</li>`)}</ul>`
}

/** As on GitHub's page of the changed files. */
function fileAnchor(path: string): string {
  return `diff-${createHash('sha256').update(path).digest('hex')}`
}

export function commitPage(commit: Commit): Html {
  const { oid, message, authorName, committedDate } = commit
  return html`<p>${oid}, by ${authorName}, ${committedDate}</p><pre>${message}</pre>`
}

function commitLink({ repository, number }: PullRequest, { oid, message }: Commit): Html {
  const subject = message.split('\n')[0] ?? ''
  return link(
    [...nameOf(repository), 'pull', number, 'commits', oid],
    `${oid.slice(0, 7)} ${subject}`,
  )
}

function saidIn(pull: PullRequest): Said[] {
  const { databaseId, author, createdAt, body } = pull
  const opening = { anchor: `issue-${databaseId}`, author, verb: 'opened', at: createdAt, body }
  const comments = pull.comments.map((one) => said(one, 'issuecomment-', 'commented'))
  const reviews = pull.reviews
    .filter(({ state }) => state !== 'PENDING')
    .map((one) => said(one, 'pullrequestreview-', `reviewed: ${one.state.toLowerCase()}`))
  const threads = pull.threads.flatMap(({ path, comments }) =>
    comments.map((one) => said(one, 'discussion_r', `commented on ${path}`)),
  )
  const later = [...comments, ...reviews, ...threads].sort((a, b) => (a.at < b.at ? -1 : 1))
  return [opening, ...later]
}

type Written = { databaseId: number; author: Actor | null; createdAt: string; body: string }

function said(
  { databaseId, author, createdAt, body }: Written,
  prefix: string,
  verb: string,
): Said {
  return { anchor: `${prefix}${databaseId}`, author, verb, at: createdAt, body }
}

function articleOf({ anchor, author, verb, at, body }: Said): Html {
  const who = author ? link([author.login], author.login) : 'ghost'
  return html`<article id="${anchor}"><p><b>${who}</b> ${verb}, ${at}</p><pre>${body}</pre></article>`
}
