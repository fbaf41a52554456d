// Builds of castls/parts and castls/webcrypto that carry less, for pages: each stands behind an exports condition of
// package.json and has a folder below build/. docs/parts.md says what they lack.

/**
 * @typedef {{ condition: string, core: string, texts: boolean }} Variant `core`: the binary in the place of core;
 * `texts`: errors say more than their code
 * @type {Record<string, Variant>}
 */
export const builds = {
  small: { condition: 'castls-small', core: 'core_small', texts: false },
  brief: { condition: 'castls-brief', core: 'core_tls13', texts: false },
  tls13: { condition: 'castls-tls13', core: 'core_tls13', texts: true },
};

/** The entries that they have, by their names in src/. */
export const entriesOfBuilds = ['parts', 'webcrypto'];
