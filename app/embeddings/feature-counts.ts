export interface FeatureCounts {
  readonly size: number
  /** @param weight must be greater than 0. */
  add(feature: number, weight: number): void
  /** Calls `tell` with the sum of each feature, in the order of their first addition, then clears them. */
  drain(addTo: (feature: number, count: number) => void): void
}

/**
 * Sums weights by 32-bit feature, for one text after another. It uses open addressing in arrays that are
 * reused, which takes less than half the time of one Map per text and leaves no garbage.
 */
export function openFeatureCounts(room = 4096): FeatureCounts {
  let features = new Int32Array(room)
  // 0 marks a free slot.
  let counts = new Float64Array(room)
  let order = new Int32Array(room)
  let size = 0

  function add(feature: number, weight: number): void {
    const last = features.length - 1
    let at = (feature ^ (feature >>> 15)) & last
    while (counts[at] !== 0 && features[at] !== feature) at = (at + 1) & last
    if (counts[at] === 0) {
      features[at] = feature
      order[size++] = at
    }
    counts[at] = (counts[at] as number) + weight
    if (size * 2 > features.length) grow()
  }

  function grow(): void {
    const old = { features, counts, taken: order.subarray(0, size) }
    features = new Int32Array(2 * old.features.length)
    counts = new Float64Array(features.length)
    order = new Int32Array(features.length)
    size = 0
    for (const at of old.taken) add(old.features[at] as number, old.counts[at] as number)
  }

  return {
    get size() {
      return size
    },
    add,
    drain(addTo) {
      for (const at of order.subarray(0, size)) {
        addTo(features[at] as number, counts[at] as number)
        counts[at] = 0
      }
      size = 0
    },
  }
}
