import { App } from '@octokit/app'
import { Octokit } from '@octokit/core'
import { fetchWithin } from '#app/config/fetch-within.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import type { Access, Connection } from './connection.ts'
import { readPrivateKey } from './private-key.ts'

export type { App } from '@octokit/app'

const DEADLINE_MS = 60_000

/** One client for each connection, because it keeps the tokens of installations. */
const opened = new WeakMap<Connection, App>()

/** Returns the App's own client, for calls with its key; null without an App. */
export function openApp(connection: Connection, logger: Logger): App | null {
  const { access } = connection
  if (access.kind !== 'app') return null
  const app = opened.get(connection) ?? createApp(connection, access, logger)
  opened.set(connection, app)
  return app
}

function createApp(
  { apiUrl: baseUrl }: Connection,
  { appId, privateKey }: Extract<Access, { kind: 'app' }>,
  logger: Logger,
): App {
  const log = {
    debug: () => {},
    info: () => {},
    warn: (message: string) => logger.warn(message),
    error: (message: string) => logger.warn(message),
  }
  return new App({
    appId,
    privateKey: readPrivateKey(privateKey) ?? privateKey.replaceAll('\\n', '\n'),
    Octokit: Octokit.defaults({
      baseUrl,
      userAgent: 'whence',
      log,
      request: {
        fetch: (url: string, init: RequestInit) =>
          fetchWithin(url, { ...init, signal: AbortSignal.timeout(DEADLINE_MS) }),
      },
    }),
    log,
  })
}
