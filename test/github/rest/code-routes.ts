import { type Code, type GitCommit, historyOf, tipOf } from '../git/code.ts'
import type { Person } from '../git/objects.ts'
import { lacks } from '../world/access.ts'
import type { Repository } from '../world/model.ts'
import { nodeId } from '../world/node-ids.ts'
import { findByName, fullName } from '../world/world.ts'
import { findMoved, sendOne } from './repository-routes.ts'
import { type Answer, ok, type RestCall, type Route, refuse } from './route.ts'

/** By name or by id, and the path behind the repository. */
const PLACE = /^\/(?:repos\/([^/]+)\/([^/]+)|repositories\/(\d+))(\/.+)$/

export const codeRoutes: Route[] = [
  {
    method: 'GET',
    pattern: /^\/(?:repos\/[^/]+\/[^/]+|repositories\/\d+)\/branches\/(.+)$/,
    who: 'anyone',
    answer: (call, path = '') =>
      inCode(call, (code, repository) => {
        const name = decodeURIComponent(path)
        const tip = tipOf(code, name)
        if (!tip) return refuse(404, 'Branch not found')
        return ok({ name, commit: commitPayload(call, repository, tip) })
      }),
  },
  {
    method: 'GET',
    pattern:
      /^\/(?:repos\/[^/]+\/[^/]+|repositories\/\d+)\/compare\/([0-9a-f]{40})\.\.\.([0-9a-f]{40})$/,
    who: 'anyone',
    answer: (call, base = '', head = '') =>
      inCode(call, (code) => {
        if (!code.commits.has(base) || !code.commits.has(head)) return refuse(404, 'Not Found')
        return ok(comparison(code, base, head))
      }),
  },
]

/** Answers from the code of a repository, if the caller may read it. */
function inCode(call: RestCall, answer: (code: Code, repository: Repository) => Answer): Answer {
  const [, owner = '', name = '', id, rest = ''] = PLACE.exec(call.path) ?? []
  const { world } = call.state
  const moved = findMoved(call, owner, name, rest)
  if (moved) return moved
  const byId = world.repositoriesByDatabaseId.get(Number(id))
  const repository = id === undefined ? findByName(world, owner, name) : (byId ?? null)
  const whole = sendOne(call, repository)
  if (whole.status !== 200 || !repository) return whole
  if (repository.visibility !== 'PUBLIC' && lacks(call.identity, 'contents'))
    return refuse(403, 'Resource not accessible by integration')
  return repository.code ? answer(repository.code, repository) : refuse(404, 'Not Found')
}

function comparison(code: Code, base: string, head: string) {
  const [before, after] = [historyOf(code, base), historyOf(code, head)]
  const ahead = [...after].filter((oid) => !before.has(oid)).length
  const behind = [...before].filter((oid) => !after.has(oid)).length
  const one = ahead > 0 ? 'ahead' : 'behind'
  return {
    status: base === head ? 'identical' : ahead > 0 && behind > 0 ? 'diverged' : one,
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
  }
}

function commitPayload({ baseUrl, state }: RestCall, repository: Repository, commit: GitCommit) {
  const { oid, message, author, committer, parents } = commit
  const place = fullName(repository)
  const signed = ({ at, ...person }: Person) => ({ ...person, date: at })
  return {
    sha: oid,
    node_id: nodeId('Commit', repository.databaseId, oid),
    url: `${baseUrl}/repos/${place}/commits/${oid}`,
    html_url: `${state.webUrl}/${place}/commit/${oid}`,
    commit: { message, author: signed(author), committer: signed(committer) },
    parents: parents.map((sha) => ({ sha })),
  }
}
