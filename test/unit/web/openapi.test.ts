import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import SwaggerParser from '@apidevtools/swagger-parser'
import { describe, expect, test } from 'vitest'
import { describeApi } from '#app/api/openapi.ts'
import { type SearchAnswer, searchAnswer } from '#app/search/present/answer.ts'

const ROUTES = fileURLToPath(new URL('../../../app/routes', import.meta.url))
// Not a Remix route; server/exports.ts has the reason.
const BESIDE = ['/api/v1/export/{list}']

type Operation = {
  parameters?: { name: string; in: string; required: boolean }[]
  responses: Record<string, unknown>
}

const document = describeApi('0.0.0') as { paths: Record<string, Record<string, Operation>> }

/** Converts `api.v1.jobs.$id._index.ts` to `/api/v1/jobs/{id}`. */
function addressOf(file: string): string {
  const parts = file.replace(/\.ts$/, '').split('.')
  const named = parts.filter((part) => part !== '_index')
  return `/${named.map((part) => part.replace(/^\$(.+)$/, '{$1}')).join('/')}`
}

describe('the API description', () => {
  test('is valid OpenAPI 3.1', async () => {
    const parsed = await SwaggerParser.validate(structuredClone(document) as never)
    expect(parsed).toMatchObject({ openapi: '3.1.1' })
  })

  test('lists exactly the existing routes', () => {
    const files = readdirSync(ROUTES).filter((name) => name.startsWith('api.v1.'))
    expect(files.length).toBeGreaterThan(5)
    const addresses = [...files.map(addressOf), ...BESIDE]
    expect(Object.keys(document.paths).sort()).toEqual(addresses.sort())
  })

  test('declares every part of a path as a parameter', () => {
    for (const [address, operations] of Object.entries(document.paths))
      for (const { parameters = [], responses } of Object.values(operations)) {
        const named = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
        const inPath = parameters.filter((one) => one.in === 'path')
        expect(inPath.map(({ name }) => name).sort()).toEqual(named.sort())
        expect(inPath.every(({ required }) => required)).toBe(true)
        expect(responses).toHaveProperty('default')
      }
  })

  test('has the methods that the routes accept', () => {
    const methods = Object.entries(document.paths).map(
      ([address, operations]) => `${Object.keys(operations).sort()} ${address}`,
    )
    expect(methods.sort()).toEqual([
      'delete /api/v1/repositories/{owner}/{repo}',
      'delete,post /api/v1/projects/{project}/ingest/github',
      'get /api/v1/audit',
      'get /api/v1/deliveries',
      'get /api/v1/export/{list}',
      'get /api/v1/installations',
      'get /api/v1/jobs/{id}',
      'get /api/v1/jobs/{id}/log',
      'get /api/v1/projects/{project}/ingest/history',
      'get /api/v1/pulls/{owner}/{repo}/{number}',
      'get /api/v1/repositories',
      'get /api/v1/search',
      'get /api/v1/status',
      'get /api/v1/why',
      'get,patch /api/v1/installations/{id}',
      'get,patch /api/v1/projects/{project}/datasets/{dataset}',
      'get,post /api/v1/jobs',
      'post /api/v1/deliveries/{id}/redeliver',
      'post /api/v1/jobs/{id}/cancel',
      'post /api/v1/jobs/{id}/retry',
      'post /api/v1/projects/{project}/query',
    ])
  })

  test('describes a search answer with the type in the code', () => {
    const answer: SearchAnswer = {
      query: 'q',
      mode: 'hybrid',
      warnings: [],
      hits: [],
      total: { count: 0, isExact: true },
      facets: { repository: [], author: [], label: [], state: [], year: [] },
      next: null,
    }
    // Assignments in both directions: a field missing from either type does not compile.
    const parsed: SearchAnswer = searchAnswer.parse(answer)
    expect(parsed).toEqual(answer)
    const found: ReturnType<typeof searchAnswer.parse> = answer
    expect(found).toBe(answer)
  })
})
