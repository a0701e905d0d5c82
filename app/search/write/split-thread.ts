/** The work of a thread that splits texts; `split-texts.ts` sends it. */
import { type Authored, type Part, partsOf } from './parts.ts'

export function work(texts: Authored[]): Part[][] {
  return texts.map(partsOf)
}
