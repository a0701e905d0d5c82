/** GitHub's clock, which a test may set ahead of the machine's clock or behind it. */
export type Clock = {
  now(): Date
  advance(seconds: number): void
}

/** Returns a clock that runs from `start` on, or stands still if `frozen`. */
export function makeClock(options: { start?: Date; frozen?: boolean } = {}): Clock {
  const began = Date.now()
  let ahead = (options.start?.getTime() ?? began) - began
  return {
    now: () => new Date((options.frozen ? began : Date.now()) + ahead),
    advance: (seconds) => {
      ahead += seconds * 1000
    },
  }
}

export function toMoment(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

export function addSeconds(moment: string, seconds: number): string {
  return toMoment(new Date(Date.parse(moment) + seconds * 1000))
}
