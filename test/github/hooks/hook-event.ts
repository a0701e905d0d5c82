import type { Installation, Repository } from '../world/model.ts'

/** An event that GitHub tells the App's hook about. */
export interface HookEvent {
  event: string
  action: string | null
  installation: Installation | null
  repository: Repository | null
  payload: object
}
