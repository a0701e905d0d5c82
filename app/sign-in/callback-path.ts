/** Registered with the App on GitHub, which offers no call to change it: permanent. */
export const CALLBACK_PATH = '/auth/github/callback'
