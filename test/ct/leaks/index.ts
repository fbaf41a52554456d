// AssemblyScript with one seeded leak of each kind. The trace check must fail on every one of them, and pass `none`.

const table = memory.data(4096, 16);
const out = memory.data(4096, 16);

export function none(secret: u32): u32 {
  const x = load<u32>(table);
  const mask: u32 = <u32>(<i32>(secret | (0 - secret)) >> 31);
  return x + ((mask & 17) | (~mask & 42));
}

export function branch(secret: u32): u32 {
  if (secret & 1) store<u32>(out, load<u32>(out) + 1);
  return load<u32>(out);
}

export function loopCount(secret: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < (secret & 15); i++) sum += load<u32>(table) ^ i;
  return sum;
}

export function loadAddress(secret: u32): u32 {
  return load<u8>(table + <usize>(secret & 0xff));
}

export function storeAddress(secret: u32): u32 {
  store<u8>(out + <usize>(secret & 0xff), 1);
  return 0;
}

export function vectorLoad(secret: u32): u32 {
  return i32x4.extract_lane(v128.load(table + <usize>((secret & 0xf) << 4)), 0);
}

export function vectorStore(secret: u32): u32 {
  v128.store(out + <usize>((secret & 0xf) << 4), i32x4.splat(7));
  return 0;
}

export function splatLoad(secret: u32): u32 {
  return i32x4.extract_lane(v128.load32_splat(table + <usize>((secret & 0xf) << 2)), 1);
}

export function laneLoad(secret: u32): u32 {
  return i32x4.extract_lane(v128.load_lane<u32>(table + <usize>((secret & 0xf) << 2), i32x4.splat(1), 2), 2);
}

export function laneStore(secret: u32): u32 {
  v128.store_lane<u32>(out + <usize>((secret & 0xf) << 2), i32x4.splat(1), 2);
  return 0;
}

export function copyLength(secret: u32): u32 {
  memory.copy(out, table, <usize>(secret & 0x3f));
  return 0;
}

export function fillLength(secret: u32): u32 {
  memory.fill(out, 0, <usize>(secret & 0x3f));
  return 0;
}

export function division(secret: u32): u32 {
  return 1000003 / (secret | 1);
}

export function remainder64(secret: u32): u32 {
  return <u32>(<u64>0x123456789abcdef % (<u64>secret | 1));
}

export function conditionalSelect(secret: u32): u32 {
  return select<u32>(load<u32>(table), load<u32>(out), (secret & 1) != 0);
}
