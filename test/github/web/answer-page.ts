import type { IncomingHttpHeaders } from 'node:http'
import type { Commit, Repository } from '../world/model.ts'
import { readPull } from '../world/pulls.ts'
import type { World } from '../world/world.ts'
import { filePage } from './file-page.ts'
import { type Html, html, pageOf } from './html.ts'
import { commitPage, pullPage } from './pull-page.ts'
import { issuePage, pullList, repositoryList } from './repository-page.ts'

interface Page {
  status: number
  text: string
}

type Titled = [title: string, content: Html] | null

/** Returns true for a browser, which asks for a page, while a client of the API asks for JSON. */
export function isForPage(method: string, { accept, authorization }: IncomingHttpHeaders): boolean {
  return method === 'GET' && authorization === undefined && Boolean(accept?.includes('text/html'))
}

/** Answers with a plain page where GitHub has one for a link in its data. */
export function answerPage(world: World, path: string): Page {
  const found = findPage(world, path.split('/').slice(1).map(decode))
  if (found) return { status: 200, text: pageOf(...found) }
  return { status: 404, text: pageOf('Not found', html`<p>The stand-in has no such page.</p>`) }
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

function findPage(world: World, [owner = '', name, ...rest]: string[]): Titled {
  if (owner === '') return ['Repositories', repositoryList(world, null)]
  if (name === undefined || name === '') return accountPage(world, owner)
  const repository = world.names.get(`${owner}/${name}`.toLowerCase())
  return repository ? pageIn(repository, rest) : null
}

function accountPage(world: World, login: string): Titled {
  const actors = world.actors
  const actor = actors.get(login.toLowerCase()) ?? actors.get(`${login.toLowerCase()}[bot]`)
  return actor ? [actor.login, repositoryList(world, actor)] : null
}

function pageIn(repository: Repository, steps: string[]): Titled {
  const [kind, of = '', part, oid = ''] = steps
  const title = `${repository.owner.login}/${repository.name}`
  switch (kind) {
    case undefined:
    case '':
      return [title, pullList(repository, null)]
    case 'labels':
      return [`${title}: ${of}`, pullList(repository, of)]
    case 'blob': {
      const file = filePage(repository, steps.slice(1))
      return file && [steps.slice(2).join('/'), file]
    }
    case 'commit':
      return commitOf(repository, of)
    case 'pull':
    case 'issues':
      return part === 'commits' && oid !== '' ? commitOf(repository, oid) : numbered(repository, of)
    default:
      return null
  }
}

/** Finds a pull request or an issue, by the address of either, as on GitHub. */
function numbered(repository: Repository, number: string): Titled {
  const pull = readPull(repository, Number(number))
  if (pull) return [`${pull.title} #${number}`, pullPage(pull)]
  const issue = repository.issues.get(Number(number))
  return issue ? [`${issue.title} #${number}`, issuePage(issue)] : null
}

function commitOf(repository: Repository, oid: string): Titled {
  if (!/^[0-9a-f]{7,64}$/.test(oid)) return null
  for (const number of repository.pulls.keys()) {
    const pull = readPull(repository, number)
    const commit = pull?.commits.find((one) => one.oid.startsWith(oid))
    if (commit) return [subjectOf(commit), commitPage(commit)]
    if (pull?.mergeCommitOid?.startsWith(oid)) return [`Merge #${number}`, pullPage(pull)]
  }
  return null
}

function subjectOf({ message }: Commit): string {
  return message.split('\n')[0] ?? ''
}
