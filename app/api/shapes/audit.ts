import { z } from 'zod'

export const auditLog = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      at: z.iso.datetime(),
      actor: z
        .string()
        .describe('`operator`, `person LOGIN (NUMBER)`, `token NAME` or `cli USER`.'),
      action: z.string().describe('Such as `settings.changed`; later versions add others.'),
      installation: z.string().nullable(),
      subject: z.string().describe('What it is about: an account, a repository, a login.'),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  next: z.string().nullable().describe('Send it as `before` to get the next page.'),
})
