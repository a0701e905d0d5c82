/** Wrong data, or a wrong wish: its message says what is wrong, and the mend. */
export class BadSourceError extends Error {}
