import type { HookDelivery } from '../hooks/hook.ts'
import { type Answer, ok, type RestCall, type Route, rawNumber, refuse } from './route.ts'

export const hookRoutes: Route[] = [
  { method: 'GET', pattern: /^\/app\/hook\/config$/, who: 'app', answer: sendConfig },
  { method: 'PATCH', pattern: /^\/app\/hook\/config$/, who: 'app', answer: changeConfig },
  { method: 'GET', pattern: /^\/app\/hook\/deliveries$/, who: 'app', answer: listDeliveries },
  {
    method: 'GET',
    pattern: /^\/app\/hook\/deliveries\/(\d+)$/,
    who: 'app',
    answer(call, id) {
      const found = findDelivery(call, id)
      return found ? ok(detailOf(found)) : refuse(404, 'Not Found')
    },
  },
  {
    method: 'POST',
    pattern: /^\/app\/hook\/deliveries\/(\d+)\/attempts$/,
    who: 'app',
    answer: (call, id) =>
      call.state.hook.redeliver(BigInt(id ?? 0))
        ? { status: 202, body: {}, headers: {} }
        : refuse(404, 'Not Found'),
  },
]

function sendConfig({ state }: RestCall): Answer {
  const { url, secret, content_type } = state.hook.config
  return ok({
    ...(url && { url }),
    content_type,
    insecure_ssl: '0',
    ...(secret && { secret: '********' }),
  })
}

function changeConfig(call: RestCall): Answer {
  const { url, secret, content_type } = (call.body ?? {}) as Record<string, unknown>
  const { config } = call.state.hook
  if (typeof url === 'string') {
    if (!URL.canParse(url)) return refuse(422, 'Validation Failed')
    config.url = url
  }
  if (typeof secret === 'string') config.secret = secret
  if (content_type === 'json' || content_type === 'form') config.content_type = content_type
  return sendConfig(call)
}

/** Pages have cursors: the id of the first delivery of the next page. */
function listDeliveries(call: RestCall): Answer {
  const { query, state } = call
  const perPage = Math.min(100, Math.max(1, Number(query.get('per_page')) || 30))
  const status = query.get('status')
  const cursor = query.get('cursor')
  if (cursor && state.hook.hasExpiredCursors) return refuse(422, 'The cursor is not valid')
  const all = state.hook.deliveries.filter(
    (one) => !status || (status === 'failure') === hasFailed(one),
  )
  const from = cursor ? all.findIndex((one) => one.id <= BigInt(cursor.replace(/^v1_/, ''))) : 0
  const page = from < 0 ? [] : all.slice(from, from + perPage)
  const next = from < 0 ? undefined : all[from + perPage]
  return ok(page.map(summaryOf), next ? { link: linkTo(call, next.id) } : {})
}

function hasFailed({ status, statusCode }: HookDelivery): boolean {
  return status !== 'pending' && (statusCode === 0 || statusCode >= 400)
}

function linkTo(call: RestCall, cursor: bigint): string {
  const query = new URLSearchParams(call.query)
  query.set('cursor', `v1_${cursor}`)
  return `<${call.baseUrl}${call.path}?${query}>; rel="next"`
}

function findDelivery({ state }: RestCall, id: string | undefined): HookDelivery | undefined {
  return state.hook.deliveries.find((one) => String(one.id) === id)
}

function summaryOf(delivery: HookDelivery) {
  const { id, guid, deliveredAt, redelivery, seconds, status, statusCode, event } = delivery
  return {
    id: rawNumber(id),
    ...{ guid, delivered_at: deliveredAt, redelivery, duration: seconds, status },
    status_code: statusCode,
    ...{ event: event.event, action: event.action },
    installation_id: event.installation?.id ?? null,
    repository_id: event.repository?.databaseId ?? null,
    throttled_at: null,
  }
}

function detailOf(delivery: HookDelivery) {
  return {
    ...summaryOf(delivery),
    url: '',
    request: { headers: delivery.headers, payload: delivery.event.payload },
    response: { headers: {}, payload: '' },
  }
}
