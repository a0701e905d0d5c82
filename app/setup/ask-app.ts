/** What the set-up asks GitHub about an App. */
import { z } from 'zod'
import { FatalError, RefusedError } from '#app/config/errors.server.ts'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { readOwnApp } from '#app/github/app/own-app.ts'
import { explainApp } from '#app/github/app-errors.ts'
import type { Connection } from '#app/github/connection/connection.ts'
import { openApp } from '#app/github/connection/open-app.ts'
import { NEEDED } from '#app/github/rights.ts'
import { SUBSCRIBED } from '#app/webhooks/read-event.ts'

const DEADLINE_MS = 20_000

const converted = z.object({
  id: z.number().int().positive(),
  slug: z.string().min(1),
  client_id: z.string(),
  client_secret: z.string(),
  webhook_secret: z.string().nullable(),
  pem: z.string().includes('PRIVATE KEY'),
})
export type ConvertedApp = z.infer<typeof converted>

/** Exchanges the code of a manifest for the App. @throws RefusedError that says what to do. */
export async function convertCode({ apiUrl }: Connection, code: string): Promise<ConvertedApp> {
  const url = `${apiUrl}/app-manifests/${encodeURIComponent(code)}/conversions`
  const answer = await fetchWithin(url, {
    method: 'POST',
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'whence' },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((cause: unknown) => {
    throw notConverted(`GitHub did not answer (${(cause as Error).message})`)
  })
  if (answer.status === 404)
    throw notConverted('GitHub does not know the code, which is good once, for an hour')
  if (answer.status !== 201) throw notConverted(`GitHub did not create the App (${answer.status})`)
  const app = converted.safeParse(await answer.json().catch(() => null))
  if (!app.success) throw notConverted("GitHub's answer is incomplete")
  return app.data
}

function notConverted(reason: string): RefusedError {
  return new RefusedError(
    'invalid',
    reason,
    'Create the App again. If it is on GitHub already, generate a private key there and import it.',
  )
}

export interface CheckedApp {
  slug: string
  /** Rights and events that the App does not ask for. */
  missing: string[]
  /** Where its owner adds them. */
  page: string
}

/** Asks for the App of a connection. @throws RefusedError if GitHub does not accept its key. */
export async function checkApp(connection: Connection, logger: Logger): Promise<CheckedApp> {
  const octokit = openApp(connection, logger)?.octokit
  if (!octokit) throw new RefusedError('invalid', 'No App is configured', 'Create or import one.')
  try {
    const { data } = await octokit.request('GET /app')
    const { permissions, permissionsPage: page } = await readOwnApp(octokit, connection.webUrl)
    const rights = NEEDED.filter((name) => !(permissions as Record<string, unknown>)[name])
    const events = SUBSCRIBED.filter((event) => !data?.events?.includes(event))
    return { slug: data?.slug ?? '', missing: [...rights, ...events], page }
  } catch (cause) {
    const error = cause instanceof FatalError ? cause : explainApp(cause).error
    throw new RefusedError('invalid', error.message, 'Check the ID of the App and its key.')
  }
}

/** Returns the accounts whose owner was asked to install the App. */
export async function readRequests(connection: Connection, logger: Logger): Promise<string[]> {
  const octokit = openApp(connection, logger)?.octokit
  if (!octokit) return []
  const { data } = await octokit
    .request('GET /app/installation-requests', { per_page: 100 })
    .catch((cause: unknown) => {
      throw explainApp(cause).error
    })
  return data.map(({ account }) => ('login' in account ? account.login : account.slug))
}
