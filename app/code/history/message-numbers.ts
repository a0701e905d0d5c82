/** `Merge pull request #12 from …` of GitHub, and `Merge owner/name#12: …` of projects with a script of their own. */
const MERGE = /^Merge (?:pull request |PR )?([\w.-]+\/[\w.-]+)?#(\d{1,9})\b/i
/** `Title (#12)` of GitHub's squashes; of several, the last one is that of the pull request. */
const SQUASH = /\(#(\d{1,9})\)\s*$/
/** GitHub's keywords that close an issue or a pull request. */
const CLOSES = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? +(?:#|GH-)(\d{1,9})\b/gi
const MOST_NUMBERS = 10

/**
 * Returns the numbers that the message of a commit gives for the pull request it came with; they may also be
 * those of issues.
 *
 * @param fullName of the repository: numbers of another one do not count.
 */
export function messageNumbers(message: string, fullName: string): number[] {
  const [subject = ''] = message.split('\n', 1)
  const merge = MERGE.exec(subject)
  const isOwn = !merge?.[1] || merge[1].toLowerCase() === fullName.toLowerCase()
  const named = isOwn ? (merge?.[2] ?? SQUASH.exec(subject)?.[1]) : undefined
  const closed = [...message.matchAll(CLOSES)].map(([, number]) => number)
  const numbers = [named, ...closed].flatMap((number) => (number ? [Number(number)] : []))
  return [...new Set(numbers)].slice(0, MOST_NUMBERS)
}
