import { ingestJob } from '#app/api/shapes/code.ts'
import { installationList } from '#app/api/shapes/installations.ts'
import { jobRequest, oneJob } from '#app/api/shapes/jobs.ts'
import type { Remote } from '#app/config/env.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { parseRepositoryName } from '#app/github/repository-names.ts'
import { searchAnswer } from '#app/search/present/answer.ts'
import { assignRepositories } from '#app/sync/requests/choose-installations.ts'
import { status } from '#app/sync/status/status.ts'
import { whyAnswer } from '#app/why/why-answer.ts'
import type { Terminal } from '#server/folder/command-socket.ts'
import type { Backend, RequestedSync, WantedSync } from './backend.ts'
import { type CallApi, openApi } from './call-api.ts'
import { describeMissingWorkers } from './missing-workers.ts'

export function openRemote(remote: Remote, terminal: Terminal): Backend {
  const call = openApi(remote, terminal)
  const readStatus = () => call({ path: 'status', answer: status })
  return {
    url: remote.url,
    // A token may not ask as often as it likes.
    pollMs: 2_000,
    search({ query, limit, mode, cursor }, repositories) {
      const asked = new URLSearchParams([
        ...[['q', query] as [string, string], ['limit', String(limit)], ['mode', mode]],
        ...(cursor === undefined ? [] : [['cursor', cursor]]),
        ...repositories.map((repo) => ['repo', repo]),
      ])
      return call({ path: `search?${asked}`, answer: searchAnswer })
    },
    why: (asked) => call({ path: `why?${new URLSearchParams(asked)}`, answer: whyAnswer }),
    status: readStatus,
    async readJob(id) {
      const { times: _, ...job } = await call({ path: `jobs/${id}`, answer: oneJob })
      return job
    },
    requestSync: (wanted) => requestSyncs(call, wanted),
    requestIngest(project, { repo, ...wanted }) {
      refuseFolder(remote, repo)
      const path = `projects/${encodeURIComponent(project)}/ingest/github`
      return call({ path, body: { repo, ...wanted }, answer: ingestJob })
    },
    async missingWorkers() {
      const { services } = await readStatus()
      return services?.workers.length === 0 ? describeMissingWorkers(services.profile) : null
    },
  }
}

async function* requestSyncs(
  call: CallApi,
  { repo, ...options }: WantedSync,
): AsyncGenerator<RequestedSync> {
  const { installations } = await call({ path: 'installations', answer: installationList })
  if (installations.length === 0)
    throw new OperatorError(
      'There is no installation that you may sync',
      'Ask an owner of the account, or use a token of `whence token create --operate`.',
    )
  // As it was given: an address may be one on another server, which Whence refuses.
  const given = new Map(repo.map((text) => [parseRepositoryName(text), text]))
  const active = installations.filter((one) => one.active)
  for (const { installation, repositories } of assignRepositories(active, [...given.keys()])) {
    const named = repositories?.map((name) => given.get(name) as string)
    const body = { ...options, installation: installation.installation, repositories: named }
    const { jobId, message } = await call({ path: 'jobs', body, answer: jobRequest })
    yield { jobId, account: installation.account, message }
  }
}

/** A path, which means nothing on another machine. */
const PATH = /^(?:[./~\\]|file:|[a-z]:[\\/])/i

/** @throws OperatorError for a folder. */
function refuseFolder({ url }: Remote, repo: string): void {
  if (!PATH.test(repo.trim())) return
  throw new OperatorError(
    `${repo} is a path on this machine, where Whence at ${url} cannot read`,
    'Give a repository on GitHub: owner/name, or its address.',
  )
}
