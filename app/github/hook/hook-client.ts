/** The App's hook and its deliveries, by calls with the App's key, which count towards no installation. */
import { z } from 'zod'
import { FatalError, RetryableError } from '#app/config/errors.server.ts'
import type { Logger } from '#app/config/logger.server.ts'
import { explainApp } from '../app-errors.ts'
import type { Connection } from '../connection/connection.ts'
import { openApp } from '../connection/open-app.ts'

/** The App has no hook, or GitHub does not keep the delivery any more. */
export class HookMissingError extends FatalError {
  override name = 'HookMissingError'
}

/** A failed attempt to deliver an event. */
export interface FailedDelivery {
  /** GitHub's number of the attempt, as text: it exceeds 2⁵³. */
  id: string
  guid: string
  deliveredAt: Date
  /** True if it is not the first attempt. */
  redelivery: boolean
  event: string
  action: string | null
  installation: string | null
  repository: string | null
}

export interface HookChange {
  url?: string
  secret?: string
}

export interface HookClient {
  /** @returns the address of the hook; null if it has none. */
  readUrl(): Promise<string | null>
  /** Changes the address or the secret; the hook sends JSON from then on. */
  change(change: HookChange): Promise<void>
  /** Returns a page of failed deliveries, newest first. @param cursor the `next` of the previous page. */
  listFailures(
    cursor: string | null,
  ): Promise<{ deliveries: FailedDelivery[]; next: string | null }>
  /** Returns the payload of a delivery, as GitHub has stored it. */
  readPayload(id: string): Promise<unknown>
  /** Asks GitHub to send a delivery again. */
  redeliver(id: string): Promise<void>
}

const PAGE = 100

const githubId = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((id) => (id == null ? null : String(id)))

const listed = z.array(
  z
    .object({
      id: z.union([z.string(), z.number().transform(String)]),
      guid: z.string(),
      delivered_at: z.coerce.date(),
      redelivery: z.boolean(),
      event: z.string(),
      action: z.string().nullish(),
      installation_id: githubId,
      repository_id: githubId,
    })
    .transform(
      (one): FailedDelivery => ({
        ...{ id: one.id, guid: one.guid, deliveredAt: one.delivered_at },
        ...{ redelivery: one.redelivery, event: one.event, action: one.action ?? null },
        ...{ installation: one.installation_id, repository: one.repository_id },
      }),
    ),
)

const detail = z.object({ request: z.object({ payload: z.unknown() }) })
const hookConfig = z.object({ url: z.string().nullish() })

/** @returns null without an App. */
export function openHookClient(connection: Connection, logger: Logger): HookClient | null {
  const app = openApp(connection, logger)
  if (!app) return null
  const { octokit } = app

  /** @throws HookMissingError for a 404; otherwise as any other call with the App's key. */
  async function call(route: string, parameters: object = {}) {
    try {
      // Octokit would round the numbers of deliveries.
      const raw = { request: { parseSuccessResponseBody: false } }
      const { data, headers } = await octokit.request(route, { ...parameters, ...raw })
      const text = await new Response(data as unknown as ReadableStream).text()
      return { body: parse(text), link: headers.link ?? '' }
    } catch (error) {
      throw explainHook(error)
    }
  }
  return {
    async readUrl() {
      const { body } = await call('GET /app/hook/config')
      return checked(hookConfig, body).url ?? null
    },
    async change(change) {
      // As `data`: Octokit would take a parameter called `url` for the address of the call.
      await call('PATCH /app/hook/config', { data: { ...change, content_type: 'json' } })
    },
    async listFailures(cursor) {
      const page = { per_page: PAGE, status: 'failure', ...(cursor && { cursor }) }
      const { body, link } = await call('GET /app/hook/deliveries', page)
      return { deliveries: checked(listed, body), next: nextOf(link) }
    },
    async readPayload(id) {
      const route = 'GET /app/hook/deliveries/{delivery_id}'
      const { body } = await call(route, { delivery_id: id })
      return checked(detail, body).request.payload
    },
    async redeliver(id) {
      await call('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id })
    },
  }
}

/** Parses JSON. A number of 15 digits or more that is called `id` stays text. */
function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text.replaceAll(/"id":\s*(\d{15,})/g, '"id":"$1"'))
  } catch (cause) {
    throw new RetryableError("GitHub's answer about the hook is incomplete", 'broken', { cause })
  }
}

function checked<T>(shape: z.ZodType<T>, body: unknown): T {
  const { data, error } = shape.safeParse(body)
  if (!error) return data as T
  throw new RetryableError("GitHub's answer about the hook is incomplete", 'broken')
}

function nextOf(link: string): string | null {
  const [, address = ''] = /<([^<>]+)>; rel="next"/.exec(link) ?? []
  return URL.canParse(address) ? new URL(address).searchParams.get('cursor') : null
}

function explainHook(error: unknown): Error {
  if (error instanceof RetryableError) return error
  const { status, message } = error as Error & { status?: number }
  if (status === 404 && !/integration not found/i.test(message))
    return new HookMissingError('GitHub knows no webhook of the App')
  return explainApp(error).error
}
