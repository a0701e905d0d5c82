/** The tools that report the synced repositories and the sync status. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { readRepositories, repositorySchema } from '#app/archive/repositories.ts'
import { job } from '#app/ledger/views/job.ts'
import { readJobs } from '#app/ledger/views/jobs.ts'
import { FIELDS_NOTE, openQuotation, plainName } from './quotation.ts'
import { READ_ONLY, runTool, type ToolContext } from './tool.ts'

const repositoryShape = repositorySchema
  .pick({
    fullName: true,
    description: true,
    url: true,
    visibility: true,
    archived: true,
    pullRequests: true,
    syncedFrom: true,
    syncedUntil: true,
    newest: true,
  })
  .extend({
    gaps: z.number().int().describe('The number of gaps: data that GitHub did not return.'),
  })

export function addListRepositories(server: McpServer, context: ToolContext): void {
  const { reader } = context
  server.registerTool(
    'list_repositories',
    {
      title: 'List repositories',
      description:
        'Returns the synced repositories, the number of stored pull requests of each, and the period that the copy covers.',
      inputSchema: {
        limit: z.number().int().min(1).max(200).default(50),
        after: z
          .string()
          .regex(/^\d{1,18}$/, 'must be the `next` of the previous page')
          .optional()
          .describe('The `next` of the previous page.'),
      },
      outputSchema: {
        note: z.string(),
        repositories: z.array(repositoryShape),
        next: z.string().nullable(),
      },
      annotations: READ_ONLY,
    },
    ({ limit, after }) =>
      runTool(context, async () => {
        const page = await reader.run((db) =>
          readRepositories(db, reader.scope, { limit, ...(after && { after }) }),
        )
        const repositories = page.repositories.map((one) =>
          repositoryShape.parse({ ...one, gaps: one.gaps.length }),
        )
        const structured = { note: FIELDS_NOTE, repositories, next: page.next }
        return { text: repositoriesText(repositories, page.next), structured }
      }),
  )
}

function repositoriesText(all: z.infer<typeof repositoryShape>[], next: string | null): string {
  const quotation = openQuotation()
  const lines = all.map(({ fullName, description, visibility, archived, ...rest }) => {
    const { stored, github } = rest.pullRequests
    const facts = [
      `${visibility.toLowerCase()}${archived ? ', archived' : ''}`,
      `${stored} of ${github} pull requests`,
      rest.syncedUntil === null
        ? 'not synced yet'
        : `synced from ${rest.syncedFrom?.startsWith('1970') ? 'the beginning' : rest.syncedFrom} to ${rest.syncedUntil}`,
      `${rest.gaps} gaps`,
    ]
    const quoted = description ? `\n${quotation.quote(description)}` : ''
    return `${plainName(fullName)}: ${facts.join(', ')}${quoted}`
  })
  const end = next === null ? 'There are no more repositories.' : `Next page: after ${next}`
  return [quotation.note, ...lines, end].join('\n')
}

const jobShape = job.pick({
  id: true,
  installation: true,
  active: true,
  overall: true,
  phase: true,
  mode: true,
  progress: true,
  startedAt: true,
  finishedAt: true,
  lastSyncAt: true,
  nextRunAt: true,
  pausedUntil: true,
  error: true,
  unfinished: true,
})

export function addSyncStatus(server: McpServer, context: ToolContext): void {
  const { reader } = context
  server.registerTool(
    'sync_status',
    {
      title: 'Get the sync status',
      description:
        'Returns for each installation the running or latest sync, its progress, when the copy was last complete, and what could not be read.',
      inputSchema: {},
      outputSchema: { note: z.string(), jobs: z.array(jobShape) },
      annotations: READ_ONLY,
    },
    () =>
      runTool(context, async () => {
        const current = await reader.run((db) => readJobs(db, reader.scope))
        const jobs = current.map((one) => jobShape.parse(one))
        return { text: jobsText(jobs), structured: { note: FIELDS_NOTE, jobs } }
      }),
  )
}

function jobsText(jobs: z.infer<typeof jobShape>[]): string {
  const quotation = openQuotation()
  const lines = jobs.map(({ installation, overall, phase, progress, unfinished, ...times }) => {
    const name = `${plainName(installation.account)}: ${overall}`
    const facts = [
      phase === overall ? name : `${name} (${phase})`,
      `${progress} %`,
      times.lastSyncAt ? `complete as of ${times.lastSyncAt}` : 'never complete yet',
      times.nextRunAt ? `next sync ${times.nextRunAt}` : 'no sync is scheduled',
    ]
    const notes = [
      ...(times.error ? [times.error] : []),
      ...unfinished.map((one) => `${one.state}: ${one.name}: ${one.message}`),
    ]
    return `${facts.join(', ')}${notes.length > 0 ? `\n${quotation.quote(notes.join('\n'))}` : ''}`
  })
  return [quotation.note, ...(lines.length > 0 ? lines : ['There is no installation yet.'])].join(
    '\n',
  )
}
