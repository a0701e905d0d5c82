import { z } from 'zod'
import { DELIVERY_STATES } from '#app/webhooks/log/delivery-states.ts'

export const delivery = z.object({
  id: z.string().describe("GitHub's GUID of the event."),
  event: z.string(),
  action: z.string().nullable(),
  installation: z.object({ id: z.string(), account: z.string() }).nullable(),
  repository: z.string().nullable(),
  receivedAt: z.iso.datetime(),
  sentAt: z.iso
    .datetime()
    .nullable()
    .describe('When GitHub first sent it, if it was collected later.'),
  handledAt: z.iso.datetime().nullable(),
  latencyMs: z.number().int().nullable(),
  state: z.enum(DELIVERY_STATES),
  outcome: z.string().nullable().describe('What became of it, or why it was not handled.'),
  attempts: z.number().int(),
})

export const deliveryList = z.object({
  deliveries: z.array(delivery),
  next: z.string().nullable().describe('Send it as `before` to get the next page.'),
})
