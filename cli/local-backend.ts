import { openReaders } from '#app/auth/readers.server.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { openIngest } from '#app/code/ingest/open-ingest.ts'
import { requestIngest } from '#app/code/ingest/request-ingest.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { openGithub } from '#app/github/client.ts'
import { namedRepositories } from '#app/github/named-repositories.ts'
import { openSearch } from '#app/search/open-search.ts'
import { narrowQuery } from '#app/search/query/narrow-query.ts'
import { chooseInstallations } from '#app/sync/requests/choose-installations.ts'
import { requestSync } from '#app/sync/requests/request-sync.ts'
import { syncNewInstallations } from '#app/sync/requests/sync-new-installations.ts'
import { readJobStatus } from '#app/sync/status/job-status.ts'
import { readStatus } from '#app/sync/status/status.ts'
import { openWhy } from '#app/why/explain-lines.ts'
import { readRequest } from '#app/why/read-request.ts'
import type { Services } from '#server/services/services.ts'
import { cliActor } from './actor.ts'
import type { Backend, Needs, RequestedSync, WantedSync } from './backend.ts'
import type { CommandContext } from './context.ts'
import { warnOfMissingWorkers } from './missing-workers.ts'
import { requireAccess } from './require-access.ts'
import { withDatabase } from './with-database.ts'
import { withServices } from './with-services.ts'

/** Calls `work` with the Whence of this process, or of the server that runs the command. */
export function withLocal<T>(
  context: CommandContext,
  { services, works = false }: Needs,
  work: (backend: Backend) => Promise<T>,
): Promise<T> {
  const { config, logger } = context
  if (services === 'all')
    return withServices(context, { works }, (opened) => work(openLocal(opened)))
  return withDatabase(context, (database) => work(openLocal({ config, logger, database })))
}

type Opened = Pick<Services, 'config' | 'logger' | 'database'>

function openLocal(services: Opened): Backend {
  const { config, logger, database } = services
  const { pool } = database
  const scope = operatorScope()
  return {
    url: null,
    pollMs: 500,
    async search(request, repositories) {
      const names = await namedRepositories(pool, config, repositories)
      const query = narrowQuery(request.query, names)
      return openSearch(config)(openReaders(database)(scope), { ...request, query })
    },
    why: (asked) => openWhy(config)(openReaders(database)(scope), readRequest(asked)),
    // Without the limits of a request: whoever looks may do so because the database is slow.
    status: () => readStatus({ run: (work) => work(pool), scope }, { config, logger }),
    readJob: (id) => readJobStatus(pool, scope, id),
    requestSync: (wanted) => requestSyncs(services, wanted),
    async requestIngest(project, wanted) {
      const github = openGithub({ pool, config, logger })
      const by = { scope, actor: cliActor(), trigger: 'cli' } as const
      return requestIngest(openIngest({ pool, config, github }), by, project, wanted)
    },
    missingWorkers: () => warnOfMissingWorkers(pool, config.profile),
  }
}

async function* requestSyncs(
  { config, logger, database }: Opened,
  { repo, ...options }: WantedSync,
): AsyncGenerator<RequestedSync> {
  const { pool } = database
  await requireAccess(pool, config)
  const names = await namedRepositories(pool, config, repo)
  await syncNewInstallations(pool, config, logger).catch((cause: Error) => {
    throw new OperatorError(
      `GitHub did not return the list of installations: ${cause.message}`,
      'Check the credentials and the address of the API, then run the command again.',
      { cause },
    )
  })
  const checks = { pool, logger, github: openGithub({ pool, config, logger }) }
  const chosen = await chooseInstallations(await database.prisma(), checks, names)
  const by = { trigger: 'cli', actor: cliActor() } as const
  for (const { installationId, account, repositories } of chosen) {
    const { runId, message } = await requestSync(pool, installationId, by, {
      ...options,
      repositories,
    })
    yield { jobId: runId, account, message }
  }
}
