export interface Step {
  sign: ' ' | '-' | '+'
  text: string
  /** Numbers of the line before and after, from 1; where it is missing, that of the line that follows. */
  old: number
  now: number
}

/** Returns the shortest way from one text to another. Takes time and memory for each pair of lines. */
export function diffLines(before: string, after: string): Step[] {
  const a = linesOf(before)
  const b = linesOf(after)
  const common = commonLengths(a, b)
  const steps: Step[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const place = { old: i + 1, now: j + 1 }
    if (i < a.length && j < b.length && a[i] === b[j]) {
      steps.push({ sign: ' ', text: a[i++] as string, ...place })
      j += 1
    } else if (j === b.length || (i < a.length && at(common, i + 1, j) >= at(common, i, j + 1)))
      steps.push({ sign: '-', text: a[i++] as string, ...place })
    else steps.push({ sign: '+', text: b[j++] as string, ...place })
  }
  return steps
}

const LINES_BEFORE = 3

/** Returns what GitHub shows above a comment: the lines up to the one at `index`. */
export function hunkTo(steps: Step[], index: number): string {
  const shown = steps.slice(Math.max(0, index - LINES_BEFORE), index + 1)
  const count = (sign: '+' | '-') => shown.filter((one) => one.sign !== sign).length
  const [removed, added] = [count('+'), count('-')]
  const { old = 0, now = 0 } = shown[0] ?? {}
  const from = removed === 0 ? old - 1 : old
  const lines = shown.map(({ sign, text }) => sign + text)
  return [`@@ -${from},${removed} +${now},${added} @@`, ...lines].join('\n')
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Returns the length of the longest common part of what is left, for each pair of places. */
function commonLengths(a: string[], b: string[]): number[][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      (lengths[i] as number[])[j] =
        a[i] === b[j]
          ? at(lengths, i + 1, j + 1) + 1
          : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1))
  return lengths
}

function at(lengths: number[][], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0
}
