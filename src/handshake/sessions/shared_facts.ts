// What connections of a process have in common of their peers is held once, from when they are established: until then it is as
// the peer sent it. A config that shares brings this with its settings, so that a page with one connection does without.

import { sharedBytes } from '../../base/shared_bytes.ts';
import type { PresentedFacts } from './session.ts';

/** Has `facts` hold arrays that other connections with the same bytes hold, too: to be read, and given to users as copies. */
export function shareFacts(facts: PresentedFacts): void {
  facts.peerCertificates = shared(facts.peerCertificates);
  facts.peerOcspResponse = facts.peerOcspResponse && sharedBytes(facts.peerOcspResponse);
  facts.peerTimestamps = shared(facts.peerTimestamps);
}

const shared = (list: readonly Uint8Array[]) => (list.length === 0 ? list : list.map(sharedBytes));
