/** A row of the table: the requirement, the target and the measured value. */
export interface Figure {
  what: string
  must: string
  aim: string
  measured: string
  met: 'aim' | 'must' | 'no'
}

/** Sizes of the syncs; the defaults are those required by the issue. */
interface Sizes {
  /** Pull requests of the generated organisation. */
  pulls: number
  quiet: number
  seeds: number
  /** Pull requests per seed that change while they are read. */
  changing: number
  changeSeeds: number
  kills: number
  nodeBudget: number
}

/** Some rows of the table, measured together. */
export interface Group {
  needsData: boolean
  measure(sizes: Sizes, say: (text: string) => void): Promise<Figure[]>
}

/** Returns a figure for which lower is better. */
export function atMost(
  what: string,
  measured: number,
  bounds: { must: number; aim: number; note?: string; digits?: number },
): Figure {
  const { must, aim, note, digits = 2 } = bounds
  const text = Number.isInteger(measured) ? String(measured) : measured.toFixed(digits)
  return {
    what,
    must: `≤ ${must}`,
    aim: `≤ ${aim}`,
    measured: note ? `${text} (${note})` : text,
    met: measured <= aim ? 'aim' : measured <= must ? 'must' : 'no',
  }
}

/** Returns a figure that must be zero. */
export function none(what: string, measured: number, note?: string): Figure {
  const text = note ? `${measured} (${note})` : String(measured)
  return { what, must: '0', aim: '0', measured: text, met: measured === 0 ? 'aim' : 'no' }
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export function table(figures: Figure[]): string {
  const head = { what: 'what', must: 'must', aim: 'aim', measured: 'measured', met: 'met' }
  const columns = ['what', 'must', 'aim', 'measured', 'met'] as const
  const widths = columns.map((name) =>
    Math.max(...[head, ...figures].map((figure) => figure[name].length)),
  )
  return [head, ...figures]
    .map((figure) =>
      columns
        .map((name, index) => figure[name].padEnd(widths[index] ?? 0))
        .join(' | ')
        .trimEnd(),
    )
    .join('\n')
}

/** Returns a figure for which higher is better. */
export function atLeast(
  what: string,
  measured: number,
  bounds: { must: number; aim: number; note?: string },
): Figure {
  const { must, aim, note } = bounds
  const text = measured.toFixed(3)
  return {
    what,
    must: `≥ ${must}`,
    aim: `≥ ${aim}`,
    measured: note ? `${text} (${note})` : text,
    met: measured >= aim ? 'aim' : measured >= must ? 'must' : 'no',
  }
}
