import type { LastDelivery } from '#app/webhooks/log/hook-status.ts'
import { pluralText, relativeText } from '../elements/time-text.ts'
import { durationText } from './job-words.ts'

/** Says when the last delivery came: `last delivery 12 s ago`, or `none for 3 h, which is unusual here`. */
export function arrivalText(
  { lastAt, longestPauseMs, isUnusual }: LastDelivery,
  now: string,
): string {
  if (lastAt === null) return 'none in the last two weeks'
  if (!isUnusual || longestPauseMs === null) return `last delivery ${relativeText(lastAt, now)}`
  const silence = durationText((Date.parse(now) - Date.parse(lastAt)) / 1_000)
  return `none for ${silence}, which is unusual here: the longest pause of the last two weeks was ${durationText(longestPauseMs / 1_000)}`
}

/** Says what waits and what failed; null if nothing does. */
export function openText({ pending, failed }: LastDelivery): string | null {
  const parts = [
    ...(pending > 0 ? [`${pluralText(pending, 'delivery', 'deliveries')} waiting`] : []),
    ...(failed > 0 ? [`${pluralText(failed, 'delivery', 'deliveries')} failed`] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : null
}
