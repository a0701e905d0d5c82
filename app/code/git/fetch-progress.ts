/** Where each part of a fetch begins and how much of the whole it takes. */
const PARTS: [RegExp, number, number][] = [
  [/Counting objects: +(\d+)%/, 0, 0.02],
  [/Compressing objects: +(\d+)%/, 0.02, 0.03],
  [/Receiving objects: +(\d+)%/, 0.05, 0.65],
  [/Resolving deltas: +(\d+)%/, 0.7, 0.2],
]

/** Returns a reader of git's messages that reports the share of the fetch, up to 0.9. */
export function readProgress(report: (share: number) => void): (text: string) => void {
  return (text) => {
    const last = text.split(/[\r\n]/).findLast((line) => line.includes('%'))
    for (const [pattern, start, part] of PARTS) {
      const percent = pattern.exec(last ?? '')?.[1]
      if (percent) report(start + (part * Number(percent)) / 100)
    }
  }
}
