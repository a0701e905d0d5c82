import { z } from 'zod'

/** The whole payload of a queue job: the batch to run. All else is in the ledger. */
export const batchPayload = z.object({ batch: z.string().regex(/^\d+$/) })
export type BatchPayload = z.infer<typeof batchPayload>
