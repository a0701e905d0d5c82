import { json, type LoaderFunctionArgs, type MetaFunction } from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { isOperator, operatesAny } from '#app/auth/scope.ts'
import { CELL, DataTable } from '#app/components/elements/data-table.tsx'
import { Section } from '#app/components/elements/section.tsx'
import { readConnection } from '#app/github/connection/read-connection.ts'
import { describeDepartures, ownServices, readConsents } from '#app/sync/status/departures.ts'

export const meta: MetaFunction = () => [{ title: 'What leaves this machine · Whence' }]

/** @throws Response 404 for whoever operates nothing, 503 if the database does not answer. */
export async function loader({ context: { config, logger, reader } }: LoaderFunctionArgs) {
  const { run, scope } = reader
  if (!operatesAny(scope)) throw new Response(null, { status: 404 })
  const [connection, consents] = await Promise.all([
    run((db) => readConnection(db, config)),
    run((db) => readConsents(db, scope)),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  return json({
    departures: describeDepartures(config, connection, consents),
    services: isOperator(scope) ? ownServices(config) : [],
  })
}

export default function Departures() {
  const { departures, services } = useLoaderData<typeof loader>()
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold tracking-tight">What leaves this machine</h1>
      <p className="mb-6 max-w-2xl leading-relaxed text-soft">
        Whence connects to nothing but the hosts below. It counts nobody, looks for no updates, and
        its pages load nothing from elsewhere.
      </p>
      <DataTable heads={['To', 'What', 'When']}>
        <tbody className="divide-y divide-line">
          {departures.map(({ to, what, when }) => (
            <tr key={`${to} ${what}`}>
              <td className={`${CELL} min-w-36 font-medium`}>{to ?? 'nobody'}</td>
              <td className={`${CELL} min-w-52 leading-relaxed`}>{what}</td>
              <td className={`${CELL} min-w-52 leading-relaxed`}>{when}</td>
            </tr>
          ))}
        </tbody>
      </DataTable>
      <Section id="others" title="Who gets it otherwise">
        <ul className="max-w-2xl list-disc space-y-1.5 pl-5 leading-relaxed">
          <li>
            People who signed in, and their tokens: what GitHub shows them, and nothing else. An
            agent passes what it reads on to its own provider.
          </li>
          <li>Whoever exports a list: the rows of it, as a file. It is in the audit log.</li>
          {services.length > 0 && (
            <li>
              The machines of the database and the queue, which hold the copy and the work:{' '}
              {services.join(', ')}.
            </li>
          )}
        </ul>
      </Section>
    </>
  )
}
