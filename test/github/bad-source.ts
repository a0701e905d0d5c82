/** Invalid data or options; the message contains the reason and a hint. */
export class BadSourceError extends Error {}
