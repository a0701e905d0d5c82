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
    let slot = (feature ^ (feature >>> 15)) & last
    while (counts[slot] !== 0 && features[slot] !== feature) slot = (slot + 1) & last
    if (counts[slot] === 0) {
      features[slot] = feature
      order[size++] = slot
    }
    counts[slot] = (counts[slot] as number) + weight
    if (size * 2 > features.length) grow()
  }

  function grow(): void {
    const old = { features, counts, taken: order.subarray(0, size) }
    features = new Int32Array(2 * old.features.length)
    counts = new Float64Array(features.length)
    order = new Int32Array(features.length)
    size = 0
    for (const slot of old.taken) add(old.features[slot] as number, old.counts[slot] as number)
  }

  return {
    get size() {
      return size
    },
    add,
    drain(addTo) {
      for (const slot of order.subarray(0, size)) {
        addTo(features[slot] as number, counts[slot] as number)
        counts[slot] = 0
      }
      size = 0
    },
  }
}
