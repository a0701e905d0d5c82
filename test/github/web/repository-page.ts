import type { Actor, Issue, PullRequestHead, Repository } from '../world/model.ts'
import { readPull } from '../world/pulls.ts'
import { fullName, type World } from '../world/world.ts'
import { type Html, html, link } from './html.ts'

const SHOWN = 200

/** Returns the owner and the name, as the steps of a path. */
export function nameOf({ owner, name }: Repository): [owner: string, name: string] {
  return [owner.login, name]
}

export function repositoryList(world: World, owner: Actor | null): Html {
  const own = [...world.repositories.values()].filter(
    (one) => owner === null || one.owner === owner,
  )
  return html`<ul>${own.map((one) => html`<li>${link(nameOf(one), fullName(one))} ${one.description}</li>`)}</ul>`
}

/** Returns the newest pull requests of a repository, or those with a label. */
export function pullList(repository: Repository, label: string | null): Html {
  const newest = [...repository.pulls.values()].sort((a, b) => b.number - a.number).slice(0, SHOWN)
  const items = newest.map((head) => pullItem(repository, head, label))
  return html`<p>${repository.description}</p><ul>${items}</ul>`
}

function pullItem(repository: Repository, { number }: PullRequestHead, label: string | null) {
  const pull = readPull(repository, number)
  if (pull === null) return null
  if (label !== null && pull.labels.every(({ name }) => name !== label)) return null
  return html`<li>${link([...nameOf(repository), 'pull', number], `#${number} ${pull.title}`)}</li>`
}

export function issuePage({ state, author, createdAt, body }: Issue): Html {
  return html`<p>${state.toLowerCase()}, opened by ${author?.login ?? 'ghost'}, ${createdAt}</p>
<pre>${body}</pre>`
}
