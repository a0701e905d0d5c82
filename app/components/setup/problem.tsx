import { Hint } from '../elements/section.tsx'

interface Given {
  problem: { headline: string; hint: string }
  /** Where to go on, if the problem is a page of its own. */
  back?: string
}

/** What went wrong, and what to do. */
export function Problem({ problem: { headline, hint }, back }: Given) {
  return (
    <div
      role="alert"
      className="mb-8 rounded-md border-l-4 border-warn bg-surface px-4 py-2.5 leading-relaxed"
    >
      {back ? (
        <h1 className="font-medium">{headline}</h1>
      ) : (
        <p className="font-medium">{headline}</p>
      )}
      <p>
        <Hint text={hint} />
      </p>
      {back && (
        <p className="mt-2">
          <a className="text-accent underline" href={back}>
            Back to the set-up
          </a>
        </p>
      )}
    </div>
  )
}
