// The record layer over the WASM provider, over node:crypto, and with one at each end.

import { test } from 'uvu';
import { nodeProvider } from '../support/node_provider.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';
import { protectedRecordTests } from './protected.ts';

const wasm = fullWasmProvider();
const node = nodeProvider();
const ends = [
  [wasm, wasm],
  [node, node],
  [wasm, node],
  [node, wasm],
] as const;
const suites = [
  { suite13: 'TLS_AES_128_GCM_SHA256', suite12: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
  { suite13: 'TLS_CHACHA20_POLY1305_SHA256', suite12: 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256' },
];

for (const [sealer, opener] of ends) {
  for (const names of suites) {
    const kinds = `${names.suite13.replace('TLS_', '')} and ${names.suite12.replace(/^.*_WITH_/, '')}`;
    protectedRecordTests(`${sealer.name} to ${opener.name}, ${kinds}`, { sealer, opener, ...names });
  }
}

test.run();
