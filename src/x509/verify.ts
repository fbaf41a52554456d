// Verifies a certificate chain: the one door of reading certificates for those who want to know whom they talk to.

import type { Pace } from '../base/pace.ts';
import { type PeerVerifier, sharingVerifier } from '../crypto/peer_verifier.ts';
import type { Awaitable } from '../crypto/secret.ts';
import {
  type ChainOptions,
  judgeChain,
  type PeerVerifierOptions,
  peerVerifierWith,
  type VerifiedChain,
} from './judgement.ts';
import { wholePaths } from './path_features.ts';

export type { ChainOptions, PeerVerifierOptions, VerifiedChain, VerifyOptions } from './judgement.ts';

/**
 * Builds and verifies a path from `leaf` to one of `anchors`.
 * @throws (the Promise rejects with) CertificateError naming certificate, rule and remedy; ERR_INVALID_ARGUMENT for a bad
 *   option
 */
export async function verifyCertificateChain(options: ChainOptions): Promise<VerifiedChain> {
  return verifyChain(options);
}

/**
 * The same with an answer that is a Promise only if a verifier's is, or if `pace` had it give way: a handshake waits for
 * nothing without need.
 */
export function verifyChain(options: ChainOptions, pace?: Pace): Awaitable<VerifiedChain> {
  return judgeChain(options, wholePaths, pace);
}

/** A verifier for TLS connections of either role. @throws ERR_INVALID_ARGUMENT naming the option */
export function createPeerVerifier(options: PeerVerifierOptions): PeerVerifier {
  return sharingVerifier(peerVerifierWith(options, wholePaths));
}
