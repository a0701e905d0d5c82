import { z } from 'zod'
import { repositoryList } from '#app/archive/repositories.ts'

export const everyRepository = repositoryList.extend({
  unread: z
    .array(
      z.object({
        installation: z.string(),
        fullName: z.string(),
        reason: z.string(),
        attempts: z.number().int(),
        firstSeenAt: z.iso.datetime(),
      }),
    )
    .describe('Granted repositories that could never be read; every page has all of them.'),
})
