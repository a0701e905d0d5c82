import { z } from 'zod'

/** The payload of a queue job: the id of the batch to run. Everything else is in the ledger. */
export const batchPayload = z.object({ batch: z.string().regex(/^\d+$/) })
export type BatchPayload = z.infer<typeof batchPayload>
