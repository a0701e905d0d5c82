const LONGEST_MS = 10_000

/** Counts the answers that were sent. */
export type AnswerCount = {
  note(): void
  /** Waits until this many more answers were sent, at most ten seconds. */
  after(answers: number): Promise<void>
}

export function makeAnswerCount(): AnswerCount {
  const waiting = new Set<{ left: number; go: () => void }>()
  return {
    note() {
      for (const one of waiting) if (--one.left === 0) one.go()
    },
    after: (left) =>
      new Promise((resolve) => {
        const timer = setTimeout(go, LONGEST_MS)
        const one = { left, go }
        waiting.add(one)
        function go() {
          clearTimeout(timer)
          waiting.delete(one)
          resolve()
        }
      }),
  }
}
