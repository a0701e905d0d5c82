import type { ReactNode } from 'react'

export const CELL = 'px-3 py-2 text-left align-top'

/** A table that scrolls by itself where the window is narrow. Its children are the bodies. */
export function DataTable({ heads, children }: { heads: string[]; children: ReactNode }) {
  return (
    <div
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto rounded-lg border border-line"
    >
      <table className="w-full bg-surface text-[0.9375rem]">
        <thead className="border-b border-line text-sm text-soft">
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" className={`${CELL} font-medium`}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  )
}
