import { z } from 'zod'
import { givenRepository, parseRepositoryName } from '#app/github/repository-names.ts'
import { check } from './answers.ts'
import { auditFilter } from './queries.ts'

/** Lists that can be exported as flat records. */
export const EXPORTS = [
  'pulls',
  'comments',
  'reviews',
  'review-comments',
  'commits',
  'checks',
  'changed-files',
] as const
export type ExportName = (typeof EXPORTS)[number]

/**
 * `conversations` are pull requests with nested lists, which only JSON lines can hold; `code` is what was
 * ingested.
 */
export const exportName = z.enum([...EXPORTS, 'conversations', 'code'])

export const exportFormat = z.enum(['jsonl', 'csv'])

const exportRequest = z
  .strictObject({
    list: exportName,
    format: exportFormat.default('jsonl'),
    repo: z.array(givenRepository.transform((text) => parseRepositoryName(text))).max(1_000),
    q: z.string().optional(),
  })
  .refine(({ list, format }) => list !== 'conversations' || format === 'jsonl', {
    path: ['format'],
    message: 'must be jsonl for conversations, because their rows contain lists',
  })
export type ExportRequest = z.infer<typeof exportRequest>

/** The audit log, with the filters of `GET /api/v1/audit`. */
const auditExport = auditFilter.extend({
  list: z.literal('audit'),
  format: exportFormat.default('jsonl'),
})
export type AuditExport = z.infer<typeof auditExport>

/** @throws RefusedError that names each invalid parameter. */
export function readExport(list: string, parameters: URLSearchParams): ExportRequest | AuditExport {
  if (list === 'audit') return check(auditExport, { ...Object.fromEntries(parameters), list })
  const { repo: _, ...others } = Object.fromEntries(parameters)
  return check(exportRequest, { ...others, list, repo: parameters.getAll('repo') })
}
