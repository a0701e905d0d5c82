import { z } from 'zod'

const NAME = /^[a-z0-9._-]{1,64}$/
const PROBLEM = 'must be 1 to 64 of a-z, 0-9, ".", "_" and "-", and not "all"'

/** Stands for every project in a list. */
export const ALL = 'all'

/** Schema of the name of a project or a dataset. */
export const codeName = z
  .string()
  .refine((name) => NAME.test(name) && name !== ALL, { error: PROBLEM })

/** Who searches a dataset: the queries of its project, or those of every project. */
export const DATASET_SCOPES = ['project', 'shared'] as const

/** Schema of a request to ingest code. */
export const requestedIngest = z.strictObject({
  repo: z.string().min(1).max(1_000).describe('owner/name, or an address of it on GitHub.'),
  dataset: codeName.optional().describe("The repository's name by default."),
  branch: z.string().min(1).max(255).optional().describe('The default branch by default.'),
  sha: z
    .string()
    .regex(/^[0-9a-f]{40}$/i, 'must be the 40 hexadecimal digits of a commit')
    .transform((sha) => sha.toLowerCase())
    .optional()
    .describe('A commit of the branch; its newest by default.'),
  scope: z.enum(DATASET_SCOPES).default('project'),
})
export type RequestedIngest = z.infer<typeof requestedIngest>

/** Returns the name of a dataset for a repository, `owner/name`. */
export function datasetOf(fullName: string): string {
  const [, name = ''] = fullName.toLowerCase().split('/')
  const dataset = name.replace(/[^a-z0-9._-]/g, '-').slice(0, 64)
  return dataset === ALL ? `${ALL}-` : dataset
}
