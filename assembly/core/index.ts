// The core binary's ABI: everything JavaScript may call. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { exchangePointer } from './exchange';
export { arenaInit, arenaAlloc, arenaFree, arenaGeneration, arenaLive } from './arena';
