/** What is asked of each route: every route of the build, every tool for agents, and what the server adds. */
import { exportName } from '#app/api/export-request.ts'
import type { Subject } from './lay-canaries.ts'

/** An account and what is going on there; ids are numbers. */
export interface Operated {
  account: string
  installation: string
  run: string
  /** GUID of a delivery. */
  delivery: string
}

export interface Asked {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  /** Sent as JSON. */
  body?: object
  /** A call of the Model Context Protocol. */
  isCall?: true
}

type Asks<Of> = (of: Of) => (string | Asked)[]

const named = ({ owner, name }: Subject) => `${owner}/${name}`
const queriesOf = (subject: Subject) => [
  subject.word,
  `repo:${named(subject)}`,
  `author:${subject.author}`,
  `path:${subject.path}`,
  `similar:${named(subject)}#7`,
  `"${subject.word}"`,
  subject.oid.slice(0, 12),
]
const encoded = (subject: Subject) => queriesOf(subject).map(encodeURIComponent)

/** By the path of the route: addresses about one repository. */
export const ABOUT_REPOSITORY: Record<string, Asks<Subject>> = {
  '/api/v1/pulls/:owner/:repo/:number': (one) => [`/api/v1/pulls/${named(one)}/7`],
  '/pulls/:owner/:repo/:number': (one) => [`/pulls/${named(one)}/7`],
  '/code/:owner/:repo/*': (one) => [`/code/${named(one)}/main/${one.path}`],
  '/suggest': (one) => [
    `/suggest?q=path%3A${encodeURIComponent(one.path)}.`,
    `/suggest?q=author%3A${one.author}`,
    '/suggest?q=head%3Abranch-',
  ],
  '/why/:owner/:repo/*': (one) => [
    `/why/${named(one)}/main/${one.path}?line=1`,
    `/why/${named(one)}/HEAD/${one.path}`,
  ],
  '/search': (one) => [
    ...encoded(one).map((query) => `/search?q=${query}`),
    `/search?type=code&q=${one.word}`,
    `/search?type=code&q=repo%3A${encodeURIComponent(named(one))}+${one.word}`,
  ],
  '/search.csv': (one) => [`/search.csv?q=${one.word}`],
  '/api/v1/search': (one) => encoded(one).map((query) => `/api/v1/search?q=${query}`),
  '/api/v1/projects/:project/query': (one) =>
    ['all', one.project].map((project) => ({
      ...{ method: 'POST', path: `/api/v1/projects/${project}/query` },
      body: { query: one.word },
    })),
  '/api/v1/why': (one) => [
    `/api/v1/why?repo=${named(one)}&path=${one.path}&line=1`,
    `/api/v1/why?repo=${named(one)}&path=none.c&line=1`,
  ],
  '/api/v1/export/:list': (one) =>
    exportName.options.map((list) => `/api/v1/export/${list}?repo=${named(one)}`),
}

/** By the name of the tool. */
export const TOOLS: Record<string, (one: Subject) => object[]> = {
  search_pull_requests: (one) => queriesOf(one).map((query) => ({ query })),
  search_code: (one) => [{ query: one.word }, { query: `repo:${named(one)} ${one.word}` }],
  get_pull_request: (one) => [{ repository: named(one), number: 7 }],
  find_introducing_pull_request: (one) => [
    { commit: one.oid },
    { commit: one.oid, repository: named(one) },
    { path: one.path },
    { repository: named(one), path: one.path, line: '1' },
  ],
  explain_decision: (one) => [
    { question: one.word },
    { question: one.word, repository: named(one) },
    { repository: named(one), path: one.path, line: '1' },
    { repository: named(one), path: one.path },
  ],
  list_repositories: () => [{}],
  sync_status: () => [{}],
}

export function callOf(name: string, given: object): Asked {
  const params = { name, arguments: given }
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
  return { method: 'POST', path: '/mcp', body, isCall: true }
}

/** Addresses about one installation, which its operators see. */
export const ABOUT_INSTALLATION: Record<string, Asks<Operated>> = {
  '/installations/:id/settings': (one) => [`/installations/${one.installation}/settings`],
  '/api/v1/installations/:id': (one) => [
    `/api/v1/installations/${one.installation}`,
    { method: 'PATCH', path: `/api/v1/installations/${one.installation}`, body: { history: '1y' } },
  ],
  '/jobs/:id': (one) => [`/jobs/${one.run}`, `/jobs/${one.run}?q=e&level=warning`],
  '/jobs/:id/log.txt': (one) => [`/jobs/${one.run}/log.txt`],
  '/api/v1/jobs/:id': (one) => [`/api/v1/jobs/${one.run}`],
  '/api/v1/jobs/:id/log': (one) => [`/api/v1/jobs/${one.run}/log`],
  '/api/v1/jobs/:id/cancel': (one) => [
    { method: 'POST', path: `/api/v1/jobs/${one.run}/cancel`, body: {} },
  ],
  '/api/v1/jobs/:id/retry': (one) => [
    { method: 'POST', path: `/api/v1/jobs/${one.run}/retry`, body: {} },
  ],
  '/api/v1/jobs': (one) => [
    `/api/v1/jobs?installation=${one.installation}`,
    `/api/v1/jobs?all&installation=${one.installation}`,
    { method: 'POST', path: '/api/v1/jobs', body: { installation: one.installation } },
  ],
  '/api/v1/deliveries': (one) => [`/api/v1/deliveries?installation=${one.installation}`],
  '/api/v1/deliveries/:id/redeliver': (one) => [
    { method: 'POST', path: `/api/v1/deliveries/${one.delivery}/redeliver`, body: {} },
  ],
  '/deliveries': (one) => [`/deliveries?installation=${one.installation}`],
  '/audit': (one) => [`/audit?installation=${one.installation}`],
  '/api/v1/export/:list': (one) => [`/api/v1/export/audit?installation=${one.installation}`],
  '/api/v1/audit': (one) => [`/api/v1/audit?installation=${one.installation}`],
}

/** Addresses that name nothing: what they list is the viewer's. */
export const ABOUT_NOTHING: Record<string, string[]> = {
  '/?index': ['/'],
  '/account': ['/account'],
  '/connect': ['/connect'],
  '/departures': ['/departures'],
  '/jobs': ['/jobs', '/jobs?kind=code'],
  '/projects': ['/projects'],
  '/pulls': ['/pulls', '/pulls?view=discussed'],
  '/preferences': ['/preferences'],
  '/repositories': ['/repositories', '/repositories?state=gaps&order=pushed'],
  '/suggest': ['', 'repo:', 'org:', 'author:', 'commenter:', 'label:', 'head:', 'path:'].map(
    (query) => `/suggest?q=${encodeURIComponent(query)}`,
  ),
  '/setup': ['/setup'],
  '/setup/github': ['/setup/github?code=x&state=y'],
  '/api/v1/repositories': ['/api/v1/repositories'],
  '/api/v1/installations': ['/api/v1/installations'],
  '/api/v1/status': ['/api/v1/status'],
  '/api/openapi.json': ['/api/openapi.json'],
  '/api/*': ['/api/nothing'],
  '/*': ['/nothing'],
  '/metrics': ['/metrics'],
  '/session': ['/session'],
  '/favicon.svg': ['/favicon.svg'],
}

/** By the path of the route: those of a repository or a project that have no texts. */
export const CHANGES: Record<string, Asks<Subject>> = {
  '/api/v1/repositories/:owner/:repo': (one) => [
    { method: 'DELETE', path: `/api/v1/repositories/${named(one)}` },
  ],
  '/api/v1/projects/:project/ingest/github': (one) => [
    {
      ...{ method: 'DELETE', path: `/api/v1/projects/${one.project}/ingest/github` },
      body: { repo: named(one) },
    },
  ],
  '/api/v1/projects/:project/datasets/:dataset': (one) => {
    const path = `/api/v1/projects/${one.project}/datasets/${one.dataset}`
    return [path, { method: 'PATCH', path, body: {} }]
  },
  '/api/v1/projects/:project/ingest/history': (one) => [
    `/api/v1/projects/${one.project}/ingest/history`,
  ],
}
