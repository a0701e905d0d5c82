/** GitHub's own time, which a test may move ahead of the machine's, or leave behind it. */
export type Clock = {
  now(): Date
  advance(seconds: number): void
}

/** Ticks with the machine's clock from `start` on, or stands still where `frozen`. */
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
