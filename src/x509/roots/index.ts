// Mozilla's certification authorities for web servers as trust anchors. The data is decoded at the first call.

import { purposes } from '../extensions.ts';
import { type TrustAnchor, trustAnchorOf } from '../trust_anchor.ts';
import { entries, listDate, packageVersion } from './mozilla.ts';

const DAY = 86_400_000;
let anchors: readonly TrustAnchor[] | undefined;

/** Where the list comes from and how old it is: renew castls to renew it. */
export const mozillaRootsSource: { readonly package: string; readonly date: string } = /* @__PURE__ */ Object.freeze({
  package: `Debian ca-certificates ${packageVersion}`,
  date: listDate,
});

/**
 * The anchors, for the purpose serverAuth only. Leaves issued after the end of an authority's own certificate are not
 * trusted. The same array each time, so that its index is built once.
 */
export function mozillaRoots(): readonly TrustAnchor[] {
  return (anchors ??= Object.freeze(entries.map(decode)));
}

function decode(entry: string): TrustAnchor {
  const bytes = Uint8Array.from(atob(entry), character => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 2;
  const field = (): Uint8Array => {
    const start = at + 2;
    at = start + view.getUint16(at);
    return bytes.subarray(start, at);
  };
  const [subject, spki, subtrees] = [field(), field(), new TextDecoder().decode(field())];
  const permitted = subtrees.split(',').map(value => ({ type: 'dns', value }) as const);
  return trustAnchorOf(subject, spki, {
    purposes: [purposes.serverAuth],
    // Through the last day.
    distrustAfter: (view.getUint16(0) + 1) * DAY,
    nameConstraints: subtrees === '' ? undefined : { permitted, excluded: [] },
  });
}
