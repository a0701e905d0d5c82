import { z } from 'zod'
import { givenRepository, parseRepositoryName } from '#app/github/repository-names.ts'
import { check } from './answers.ts'

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

/** @throws RefusedError that names each invalid parameter. */
export function readExport(list: string, parameters: URLSearchParams): ExportRequest {
  const { repo: _, ...others } = Object.fromEntries(parameters)
  return check(exportRequest, { ...others, list, repo: parameters.getAll('repo') })
}
