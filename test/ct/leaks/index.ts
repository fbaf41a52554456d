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

export function divisionSigned64(secret: u32): u32 {
  return <u32>(<i64>0x123456789abcdef / (<i64>secret | 1));
}

export function fillAddress(secret: u32): u32 {
  memory.fill(out + <usize>(secret & 0x3f), 1, 16);
  return 0;
}

export function copySource(secret: u32): u32 {
  memory.copy(out, table + <usize>(secret & 0x3f), 16);
  return 0;
}

export function branchTable(secret: u32): u32 {
  switch (secret & 7) {
    case 0: return load<u32>(table);
    case 1: return load<u32>(table) + 3;
    case 2: return load<u32>(table) * 5;
    case 3: return load<u32>(table) ^ 7;
    case 4: return load<u32>(table) >> 3;
    case 5: return load<u32>(table) | 11;
    case 6: return load<u32>(table) & 13;
    default: return ~load<u32>(table);
  }
}

function twice(x: u32): u32 { return x * 2; }
function square(x: u32): u32 { return x * x + 1; }

export function indirectCall(secret: u32): u32 {
  const first = load<u32>(changetype<usize>(twice));
  const second = load<u32>(changetype<usize>(square));
  const mask = 0 - (secret & 1);
  return call_indirect<u32>((first & ~mask) | (second & mask), 5);
}

export function growth(secret: u32): u32 {
  return memory.grow(<i32>(secret & 1));
}

export function floatMultiply(secret: u32): u32 {
  return <u32>(<f64>secret * load<f64>(table));
}

export function floatRoot(secret: u32): u32 {
  return <u32>sqrt<f32>(<f32>secret);
}

export function wideStore(secret: u32): u32 {
  store<u64>(out + <usize>((secret & 0x3f) << 3), 1);
  return 0;
}

export function zeroExtendingLoad(secret: u32): u32 {
  return i32x4.extract_lane(v128.load64_zero(table + <usize>((secret & 0xf) << 3)), 0);
}
