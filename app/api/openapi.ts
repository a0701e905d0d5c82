/** Describes the API as OpenAPI 3.1, from the schemas that validate requests and responses. */
import { z } from 'zod'
import { pullSchema } from '#app/archive/pull-shapes.ts'
import { datasetChange } from '#app/code/ingest/change-dataset.ts'
import { datasetSettings } from '#app/code/ingest/read-datasets.ts'
import { requestedIngest } from '#app/code/ingest/requested-ingest.ts'
import { job } from '#app/ledger/views/job.ts'
import { runLog } from '#app/ledger/views/run-log.ts'
import { searchAnswer, searchMode } from '#app/search/present/answer.ts'
import { requestedSync } from '#app/sync/requests/request-sync-for.ts'
import { settingsChange } from '#app/sync/settings/settings-shape.ts'
import { status } from '#app/sync/status/status.ts'
import { whyAnswer, whyQuery } from '#app/why/why-answer.ts'
import { exportFormat, exportName } from './export-request.ts'
import { PROBLEM_TYPE, problem } from './problems.ts'
import {
  auditFilter,
  auditQuery,
  deletedQuery,
  deliveriesQuery,
  dryRunQuery,
  historyQuery,
  jobsQuery,
  logQuery,
  repositoriesQuery,
} from './queries.ts'
import { auditLog } from './shapes/audit.ts'
import { codeAnswer, codeQuery, deletion, ingestHistory, ingestJob } from './shapes/code.ts'
import { delivery, deliveryList } from './shapes/deliveries.ts'
import { changedInstallation, installation, installationList } from './shapes/installations.ts'
import { jobList, jobRequest, oneJob } from './shapes/jobs.ts'
import { purged } from './shapes/purged.ts'
import { everyRepository } from './shapes/repositories.ts'

type Shape = z.ZodType
type Document = Record<string, unknown>

const COMPONENTS: Record<string, Shape> = {
  Job: job,
  JobList: jobList,
  OneJob: oneJob,
  Status: status,
  JobRequest: jobRequest,
  JobLog: runLog,
  RepositoryList: everyRepository,
  PullRequest: pullSchema,
  SearchAnswer: searchAnswer,
  Purged: purged,
  Installation: installation,
  InstallationList: installationList,
  ChangedInstallation: changedInstallation,
  AuditLog: auditLog,
  Delivery: delivery,
  DeliveryList: deliveryList,
  IngestJob: ingestJob,
  IngestHistory: ingestHistory,
  Dataset: datasetSettings,
  Deletion: deletion,
  CodeAnswer: codeAnswer,
  WhyAnswer: whyAnswer,
  Problem: problem,
}

const searchQuery = z.object({
  q: z.string().describe('Words, "phrases", -excluded words, OR, (groups), and GitHub qualifiers.'),
  repo: z
    .array(z.string())
    .optional()
    .describe('owner/name, owner/* or an address of it on GitHub; can be repeated.'),
  limit: z.number().int().min(1).max(100).default(20),
  mode: searchMode.default('auto'),
  cursor: z.string().optional().describe('The `next` of the previous page.'),
})
const exportQuery = z.object({
  format: exportFormat.default('jsonl'),
  repo: z.array(z.string()).optional().describe('owner/name or owner/*; can be repeated.'),
  q: z
    .string()
    .optional()
    .describe(
      'Qualifiers, "phrases", -excluded words, OR and (groups), which select the pull requests; for code, its qualifiers.',
    ),
  ...auditFilter.describe('Of `audit`, instead of `repo` and `q`.').shape,
})
const id = z.object({ id: z.string().regex(/^\d{1,18}$/) })
const deliveryPath = z.object({ id: z.string().describe("GitHub's GUID of the event.") })
const projectPath = z.object({
  project: z.string().describe('The name of a project, or `all` where it is only read.'),
})

const datasetPath = projectPath.extend({ dataset: z.string().describe('The name of the dataset.') })
const repositoryPath = z.object({ owner: z.string(), repo: z.string() })
const pullPath = z.object({ owner: z.string(), repo: z.string(), number: z.number().int() })

/** @param version the version of Whence. */
export function describeApi(version: string): Document {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Whence',
      version,
      description: "A complete, searchable copy of everything said about an organisation's code.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, {}],
    paths: paths(),
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Created by `whence token create`. Not needed on loopback.',
        },
      },
    },
  }
}

function paths(): Document {
  return {
    '/api/v1/search': {
      get: operation('search', 'Search pull requests and repositories', 'SearchAnswer', {
        parameters: parameters('query', searchQuery),
      }),
    },
    '/api/v1/status': {
      get: operation('getStatus', 'Get what `whence status` shows', 'Status', {}),
    },
    ...jobPaths(),
    '/api/v1/repositories': {
      get: operation(
        'listRepositories',
        'List the repositories and how far each is synced',
        'RepositoryList',
        {
          parameters: parameters('query', repositoriesQuery),
        },
      ),
    },
    '/api/v1/repositories/{owner}/{repo}': {
      delete: operation('purgeRepository', 'Erase the copy of a repository', 'Purged', {
        parameters: [...parameters('path', repositoryPath), ...parameters('query', dryRunQuery)],
      }),
    },
    '/api/v1/pulls/{owner}/{repo}/{number}': {
      get: operation('getPullRequest', 'Get a pull request with its conversation', 'PullRequest', {
        parameters: parameters('path', pullPath),
      }),
    },
    ...installationPaths(),
    ...deliveryPaths(),
    ...projectPaths(),
    '/api/v1/export/{list}': exportPath(),
  }
}

function jobPaths(): Document {
  const jobPath = parameters('path', id)
  return {
    '/api/v1/jobs': {
      get: operation('listJobs', 'List the current jobs, or all jobs', 'JobList', {
        parameters: parameters('query', jobsQuery),
      }),
      post: operation('askForSync', 'Request a sync', 'JobRequest', {
        status: 202,
        body: requestedSync,
        headers: {
          Location: { description: 'The address of the job.', schema: { type: 'string' } },
        },
      }),
    },
    '/api/v1/jobs/{id}': {
      get: operation('getJob', 'Get a job', 'OneJob', { parameters: jobPath }),
    },
    '/api/v1/jobs/{id}/log': {
      get: operation('getJobLog', 'Tell what happened in a job', 'JobLog', {
        parameters: [...jobPath, ...parameters('query', logQuery)],
      }),
    },
    '/api/v1/jobs/{id}/cancel': {
      post: operation('cancelJob', 'Cancel a job', 'Job', { parameters: jobPath }),
    },
    '/api/v1/jobs/{id}/retry': {
      post: operation(
        'retryJob',
        'Retry the failed items and gaps of a job, or what waits in it',
        'Job',
        {
          parameters: jobPath,
        },
      ),
    },
  }
}

function installationPaths(): Document {
  const path = parameters('path', id)
  return {
    '/api/v1/installations': {
      get: operation('listInstallations', 'List the installations', 'InstallationList', {}),
    },
    '/api/v1/installations/{id}': {
      get: operation('getInstallation', 'Get the settings of an installation', 'Installation', {
        parameters: path,
      }),
      patch: operation('changeInstallation', 'Change settings', 'ChangedInstallation', {
        parameters: [...path, ...parameters('query', dryRunQuery)],
        body: settingsChange,
      }),
    },
    '/api/v1/audit': {
      get: operation('listAudit', 'List who changed what, newest first', 'AuditLog', {
        parameters: parameters('query', auditQuery),
      }),
    },
  }
}

function deliveryPaths(): Document {
  return {
    '/api/v1/deliveries': {
      get: operation(
        'listDeliveries',
        'List what the webhook brought, newest first',
        'DeliveryList',
        {
          parameters: parameters('query', deliveriesQuery),
        },
      ),
    },
    '/api/v1/deliveries/{id}/redeliver': {
      post: operation('redeliver', 'Handle a delivery once more', 'Delivery', {
        parameters: parameters('path', deliveryPath),
      }),
    },
  }
}

function projectPaths(): Document {
  const path = parameters('path', projectPath)
  return {
    '/api/v1/projects/{project}/ingest/github': {
      post: operation('ingest', 'Ingest the code of a repository', 'IngestJob', {
        parameters: path,
        status: 202,
        body: requestedIngest,
        headers: {
          Location: { description: 'The address of the job.', schema: { type: 'string' } },
        },
      }),
      delete: operation('deleteCode', 'Delete a dataset or a repository', 'Deletion', {
        parameters: [...path, ...parameters('query', deletedQuery)],
      }),
    },
    '/api/v1/projects/{project}/ingest/history': {
      get: operation('listIngests', 'List the jobs of a project, newest first', 'IngestHistory', {
        parameters: [...path, ...parameters('query', historyQuery)],
      }),
    },
    '/api/v1/why': {
      get: operation('why', 'Explain lines of code', 'WhyAnswer', {
        parameters: parameters('query', whyQuery),
      }),
    },
    '/api/v1/projects/{project}/datasets/{dataset}': {
      get: operation('getDataset', 'Get when a dataset is indexed again', 'Dataset', {
        parameters: parameters('path', datasetPath),
      }),
      patch: operation('changeDataset', 'Change when a dataset is indexed again', 'Dataset', {
        parameters: parameters('path', datasetPath),
        body: datasetChange,
      }),
    },
    '/api/v1/projects/{project}/query': {
      post: operation('queryCode', 'Search the code of a project', 'CodeAnswer', {
        parameters: path,
        body: codeQuery,
      }),
    },
  }
}

function exportPath(): Document {
  return {
    get: {
      ...operation('exportList', 'Export a list as a stream', 'Problem', {
        parameters: [
          ...parameters('path', z.object({ list: z.enum([...exportName.options, 'audit']) })),
          ...parameters('query', exportQuery),
        ],
      }),
      responses: { 200: exported(), default: problemResponse() },
    },
  }
}

interface Details {
  parameters?: Document[]
  body?: Shape
  status?: number
  headers?: Document
}

function operation(
  operationId: string,
  summary: string,
  answer: string,
  { parameters = [], body, status = 200, headers }: Details,
): Document {
  const content = { 'application/json': { schema: reference(answer) } }
  return {
    operationId,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: false, content: { 'application/json': { schema: schemaOf(body) } } },
    }),
    responses: {
      [status]: { description: 'Success.', ...(headers && { headers }), content },
      default: problemResponse(),
    },
  }
}

function problemResponse(): Document {
  return {
    description: 'The problem, and a hint on how to solve it.',
    content: { [PROBLEM_TYPE]: { schema: reference('Problem') } },
  }
}

function exported(): Document {
  const text = { schema: { type: 'string' } }
  return {
    description: 'One record per line. An answer that breaks off has no proper end of transfer.',
    content: { 'application/jsonl': text, 'text/csv': text },
  }
}

function reference(name: string): Document {
  return { $ref: `#/components/schemas/${name}` }
}

function parameters(where: 'query' | 'path', shape: z.ZodObject): Document[] {
  const { properties = {}, required = [] } = schemaOf(shape) as {
    properties?: Record<string, Document>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }))
}

/** Returns the input schema: fields with a default are optional, and later versions may add fields. */
function schemaOf(shape: Shape): Document {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' })
  return schema
}

function componentSchemas(): Document {
  const registry = z.registry<{ id: string }>()
  for (const [name, shape] of Object.entries(COMPONENTS)) registry.add(shape, { id: name })
  const uri = (name: string) => `#/components/schemas/${name}`
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  )
}
