import {
  type ActionFunctionArgs,
  json,
  type LoaderFunctionArgs,
  type MetaFunction,
  redirect,
} from '@remix-run/node'
import { useLoaderData } from '@remix-run/react'
import { unavailable } from '#app/api/answers.ts'
import { readTable, readTableSums, TABLE_PAGE } from '#app/archive/repository-table.ts'
import { NoticeBar } from '#app/components/elements/notice.tsx'
import { LINK } from '#app/components/elements/outward-link.tsx'
import { pluralText } from '#app/components/elements/time-text.ts'
import { RepositoryTable } from '#app/components/repositories/repository-table.tsx'
import { filterFrom, tableAddress } from '#app/components/repositories/table-address.ts'
import { TableFilterForm } from '#app/components/repositories/table-filter.tsx'
import { dispatch } from '#app/forms/decisions.server.ts'
import { carryNotice, readNotice } from '#app/forms/notices.server.ts'
import { readForm } from '#app/forms/read-form.ts'

export const meta: MetaFunction = () => [{ title: 'Repositories · Whence' }]

/** @throws Response 503 if the database does not answer. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { config, logger, reader } = context
  const filter = filterFrom(new URL(request.url).searchParams)
  const [sums, { rows, total }] = await Promise.all([
    reader.run((db) => readTableSums(db, reader.scope)),
    reader.run((db) => readTable(db, reader.scope, filter)),
  ]).catch((error: unknown) => {
    throw unavailable(logger, error)
  })
  const page = { filter, sums, rows, total, notice: readNotice(config, request) }
  return json({ ...page, now: new Date().toISOString() })
}

/** Handles the buttons of the table, and leads back to it. */
export async function action({ request, context }: ActionFunctionArgs) {
  const back = tableAddress(filterFrom(new URL(request.url).searchParams))
  const notice = await dispatch(context, await readForm(request))
  const { location, cookie } = carryNotice(context.config, notice, back)
  return redirect(location, { status: 303, headers: { 'Set-Cookie': cookie } })
}

export default function Repositories() {
  const { filter, sums, rows, total, notice, now } = useLoaderData<typeof loader>()
  const back = tableAddress(filter)
  return (
    <>
      <h1 className="mb-1 text-xl font-semibold tracking-tight">Repositories</h1>
      <p className="mb-5 text-soft">
        {pluralText(sums.all, 'repository', 'repositories')} with{' '}
        {pluralText(sums.pulls, 'pull request')} on GitHub
      </p>
      <NoticeBar notice={notice} />
      <TableFilterForm filter={filter} sums={sums} />
      {rows.length > 0 ? (
        <RepositoryTable rows={rows} back={back} now={now} />
      ) : (
        <p className="leading-relaxed text-soft">
          {sums.all === 0
            ? 'Nothing is copied yet. Each repository appears here as soon as it is listed.'
            : 'No repository is like that.'}
        </p>
      )}
      <p className="mt-4 flex flex-wrap gap-6">
        {filter.page > 1 && (
          <a href={tableAddress({ ...filter, page: filter.page - 1 })} className={LINK}>
            Previous page
          </a>
        )}
        {filter.page * TABLE_PAGE < total && (
          <a href={tableAddress({ ...filter, page: filter.page + 1 })} rel="next" className={LINK}>
            Next page
          </a>
        )}
      </p>
    </>
  )
}
