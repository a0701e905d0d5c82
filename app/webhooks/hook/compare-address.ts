import { type HookSettings, neverAnswers, wantedAddress } from './webhook-mode.ts'

/** Whether the hook of the App has the address that it should have. */
export interface ComparedAddress {
  isRight: boolean
  /** True if it is known which address would be right. */
  mayCorrect: boolean
  message: string
}

const RIGHT = { isRight: true, mayCorrect: false }

/**
 * Compares the address of the hook with the configuration.
 *
 * @param actual as GitHub said; null if the hook has none.
 */
export function compareAddress(settings: HookSettings, actual: string | null): ComparedAddress {
  const { mode } = settings
  const wanted = wantedAddress(settings)
  if (mode === 'none')
    return { ...RIGHT, message: 'no webhooks are used: changes come by schedule' }
  if (mode === 'pull' && actual && neverAnswers(actual))
    return { ...RIGHT, message: `pull mode: deliveries to ${actual} are collected` }
  if (!wanted)
    return {
      isRight: false,
      mayCorrect: false,
      message: `PUBLIC_URL is not set, so that the address of the hook (${actual ?? 'none'}) cannot be checked`,
    }
  if (actual === wanted) return { ...RIGHT, message: `GitHub sends deliveries to ${actual}` }
  return {
    isRight: false,
    mayCorrect: true,
    message: `GitHub sends deliveries to ${actual ?? 'no address'} instead of ${wanted}`,
  }
}
