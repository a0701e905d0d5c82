import { z } from 'zod'
import type { Prisma, PrismaClient } from '#app/generated/prisma/client.ts'

/** The settings that a change looks at; others are preserved. */
const knownSettings = z.object({
  /** Names of the repositories that a token reads. */
  repositories: z.array(z.string()).default([]),
  /** Checked by {@link parseFilter} where it is used. */
  repository_filter: z.unknown().optional(),
})
type KnownSettings = z.infer<typeof knownSettings>

const ATTEMPTS = 10

/**
 * Changes an installation's settings. The sync writes them too, so the change is retried if they were
 * modified since they were read.
 */
export async function changeSettings(
  prisma: Pick<PrismaClient, 'installation'>,
  installationId: string,
  change: (settings: KnownSettings) => Partial<KnownSettings> | Record<string, unknown>,
): Promise<void> {
  const id = BigInt(installationId)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { settings } = await prisma.installation.findUniqueOrThrow({ where: { id } })
    const changed = change(knownSettings.parse(settings))
    const { count } = await prisma.installation.updateMany({
      where: { id, settings: { equals: settings as Prisma.InputJsonValue } },
      data: { settings: { ...(settings as Prisma.JsonObject), ...(changed as Prisma.JsonObject) } },
    })
    if (count === 1) return
  }
  throw new Error(
    `The settings of installation ${installationId} changed ${ATTEMPTS} times meanwhile`,
  )
}
