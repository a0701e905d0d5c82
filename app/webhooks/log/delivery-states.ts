export const DELIVERY_STATES = ['pending', 'handled', 'ignored', 'failed'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]
