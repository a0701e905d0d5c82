import { z } from 'zod'
import { settingsChange } from '#app/sync/settings/settings-shape.ts'

const schedule = z.object({
  rule: z.unknown().describe('`{"every": seconds}`, `{"cron", "timeZone"}` or `{"off": true}`.'),
  words: z.string().describe('The rule in words, such as `every 15 minutes`.'),
  nextAt: z.string().nullable(),
})
const { schedules: _, active: __, ...fields } = settingsChange.shape

export const installation = z.object({
  installation: z.string(),
  account: z.string(),
  kind: z.enum(['app', 'token']),
  active: z.boolean(),
  inactiveReason: z
    .string()
    .nullable()
    .describe('Such as `waiting for approval`; null while it is active.'),
  settings: z.object(fields),
  schedules: z.object({ incremental: schedule, full: schedule }),
})

export const installationList = z.object({ installations: z.array(installation) })

export const changedInstallation = installation.extend({
  changed: z.boolean().describe('False for a dry run, or if every field had this value.'),
  effects: z.array(z.string()).describe('What the change does, one sentence each.'),
  preview: z
    .object({
      known: z.number().int(),
      matches: z.number().int(),
      matching: z.array(z.string()),
      hides: z.array(z.string()),
      adds: z.array(z.string()),
    })
    .nullable()
    .describe('What a new `repository_filter` matches.'),
})
