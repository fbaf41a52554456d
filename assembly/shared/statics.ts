// Every binary exports staticsEnd, so that the build can check its statics against its range in the memory map.

/** First address after this binary's statics. */
export function staticsEnd(): usize {
  return __heap_base;
}
