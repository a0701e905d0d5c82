import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
} from '@remix-run/node'
import { useActionData, useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { isOperator } from '#app/auth/scope.ts'
import { ArrivalFacts, HookSection } from '#app/components/deliveries/arrival-section.tsx'
import { DeliveriesTable } from '#app/components/deliveries/deliveries-table.tsx'
import { DeliveryFilterForm } from '#app/components/deliveries/delivery-filter.tsx'
import { NoticeBar } from '#app/components/elements/notice.tsx'
import { submitDeliveries } from '#app/forms/deliveries.server.ts'
import { readForm } from '#app/forms/read-form.ts'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { compareAddress } from '#app/webhooks/hook/compare-address.ts'
import { secretState } from '#app/webhooks/hook/secret-state.ts'
import { hookSettings } from '#app/webhooks/hook/webhook-mode.ts'
import { DELIVERY_STATES } from '#app/webhooks/log/delivery-states.ts'
import { readLastDeliveries, readSweepStatus } from '#app/webhooks/log/hook-status.ts'
import {
  type DeliveryFilter,
  readDeliveries,
  readEventNames,
} from '#app/webhooks/log/read-deliveries.ts'

const PAGE = 50

export const meta: MetaFunction = () => [{ title: 'Deliveries · Whence' }]

/** @throws Response 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { config, logger, reader } = context
  const { run, scope } = reader
  const { searchParams } = new URL(request.url)
  const filter = filterOf(searchParams)
  const before = numberOf(searchParams.get('before'))
  const [{ deliveries, next }, last, events, sweep, connection] = await Promise.all([
    run((db) => readDeliveries(db, scope, { ...filter, before, limit: PAGE })),
    run((db) => readLastDeliveries(db, scope)),
    run((db) => readEventNames(db, scope)),
    isOperator(scope) ? run(readSweepStatus) : null,
    run((db) => readConnection(db, config)),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  const settings = hookSettings(config, connection)
  return json({
    ...{ deliveries, next, last, events, filter, sweep, mode: settings.mode },
    hook: sweep?.hookReadAt
      ? { compared: compareAddress(settings, sweep.hookUrl), readAt: sweep.hookReadAt }
      : null,
    secret: secretState(config, connection),
    now: new Date().toISOString(),
  })
}

function filterOf(parameters: URLSearchParams): DeliveryFilter {
  return {
    state: DELIVERY_STATES.find((state) => state === parameters.get('state')),
    event: /^[a-z_]{1,64}$/.exec(parameters.get('event') ?? '')?.[0],
    repository: parameters.get('repository')?.trim().slice(0, 200) || undefined,
    installationId: numberOf(parameters.get('installation')),
  }
}

function numberOf(text: string | null): string | undefined {
  return text && /^\d{1,18}$/.test(text) ? text : undefined
}

export async function action({ request, context }: ActionFunctionArgs) {
  const notice = await submitDeliveries(context, await readForm(request))
  return json(notice, { status: notice.kind === 'refused' ? 422 : 200 })
}

export default function Deliveries() {
  const { deliveries, next, last, events, filter, sweep, mode, hook, secret, now } =
    useLoaderData<typeof loader>()
  const notice = useActionData<typeof action>()
  const older = addressOf(filter, next)
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold tracking-tight">Deliveries</h1>
      <NoticeBar notice={notice ?? null} />
      <ArrivalFacts {...{ last, sweep, mode, now }} />
      <DeliveryFilterForm filter={filter} events={events} />
      {deliveries.length > 0 ? (
        <DeliveriesTable deliveries={deliveries} back={addressOf(filter)} now={now} />
      ) : (
        <p className="text-soft">No deliveries here.</p>
      )}
      {next && (
        <p className="mt-4">
          <a className="text-accent underline underline-offset-4" href={older}>
            Older deliveries
          </a>
        </p>
      )}
      {hook && <HookSection {...hook} {...{ mode, secret, now }} />}
    </>
  )
}

function addressOf(filter: DeliveryFilter, before: string | null = null): string {
  const { installationId, ...rest } = filter
  const chosen = { installation: installationId, ...rest, before: before ?? undefined }
  const pairs = Object.entries(chosen).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(pairs as [string, string][]).toString()
  return query ? `/deliveries?${query}` : '/deliveries'
}
