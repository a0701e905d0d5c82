export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Prints the median and the 95th percentile. */
export function reportTimes(name: string, times: number[]): void {
  const sorted = [...times].sort((a, b) => a - b)
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
  console.log(
    `a comment can be found, ${name}: p50 ${Math.round(median(sorted))} ms, p95 ${Math.round(p95)} ms (${sorted.length} comments)`,
  )
}
