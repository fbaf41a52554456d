// Captures: pcap and pcapng files as TCP segments, and the key logs that pcapng files may hold. Reads what tcpdump and
// Wireshark write: Ethernet (with VLAN tags), loopback, Linux cooked and raw IP; IPv4 and IPv6 without fragments.

import { TlsError } from '../base/errors.ts';

/** One TCP segment. */
export interface Segment {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** "address:port". */
  readonly source: string;
  readonly target: string;
  readonly sequence: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly reset: boolean;
  readonly data: Uint8Array;
}

export interface Capture {
  readonly segments: readonly Segment[];
  /** Key log lines of Decryption Secrets Blocks. */
  readonly secrets: string;
  /** Packets that are not TCP, or not whole. */
  readonly passedOver: number;
}

/** Most packets that are read. */
const MAX_PACKETS = 1_000_000;

/** True for a file that begins as a capture does. */
export function looksLikeCapture(bytes: Uint8Array): boolean {
  return bytes.length >= 24 && (pcapOrder(bytes) !== null || magic(bytes) === 0x0a0d0d0a);
}

const magic = (bytes: Uint8Array): number => viewOf(bytes).getUint32(0);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Byte order and unit of time of a classic pcap; null for another file. */
function pcapOrder(bytes: Uint8Array): { little: boolean; perSecond: number } | null {
  switch (magic(bytes)) {
    case 0xa1b2c3d4:
      return { little: false, perSecond: 1e6 };
    case 0xd4c3b2a1:
      return { little: true, perSecond: 1e6 };
    case 0xa1b23c4d:
      return { little: false, perSecond: 1e9 };
    case 0x4d3cb2a1:
      return { little: true, perSecond: 1e9 };
    default:
      return null;
  }
}

/** @throws ERR_DECODE_ERROR for a file that is no capture, or that is damaged at its start */
export function readCapture(bytes: Uint8Array): Capture {
  if (!looksLikeCapture(bytes)) throw new TlsError('ERR_DECODE_ERROR', 'no pcap or pcapng file');
  const reading = new Reading();
  const order = pcapOrder(bytes);
  if (order === null) readPcapng(bytes, reading);
  else readPcap(bytes, order.little, order.perSecond, reading);
  return reading;
}

class Reading implements Capture {
  readonly segments: Segment[] = [];
  secrets = '';
  passedOver = 0;
  #packets = 0;

  packet(linkType: number, data: Uint8Array, time: number): void {
    if (++this.#packets > MAX_PACKETS)
      throw new TlsError('ERR_COST_LIMIT', `a capture of more than ${MAX_PACKETS} packets`);
    const ip = networkLayer(linkType, data);
    const segment = ip === null ? null : segmentOf(ip, time);
    if (segment === null) this.passedOver++;
    else this.segments.push(segment);
  }
}

function readPcap(bytes: Uint8Array, little: boolean, perSecond: number, reading: Reading): void {
  const view = viewOf(bytes);
  const linkType = view.getUint32(20, little) & 0xffff;
  for (let at = 24; at + 16 <= bytes.length; ) {
    const seconds = view.getUint32(at, little);
    const fraction = view.getUint32(at + 4, little);
    const length = view.getUint32(at + 8, little);
    at += 16;
    // A capture that was cut off while it was written is read up to there.
    if (length > bytes.length - at) return;
    reading.packet(linkType, bytes.subarray(at, at + length), seconds * 1000 + (fraction * 1000) / perSecond);
    at += length;
  }
}

interface Interface {
  readonly linkType: number;
  readonly perSecond: number;
}

/** draft-ietf-opsawg-pcapng §4. */
function readPcapng(bytes: Uint8Array, reading: Reading): void {
  const view = viewOf(bytes);
  let little = false;
  let interfaces: Interface[] = [];
  for (let at = 0; at + 12 <= bytes.length; ) {
    const isSection = view.getUint32(at) === 0x0a0d0d0a;
    if (isSection) {
      little = view.getUint32(at + 8) === 0x4d3c2b1a;
      interfaces = [];
    }
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < 12 || length % 4 !== 0 || length > bytes.length - at) return;
    const body = bytes.subarray(at + 8, at + length - 4);
    if (!isSection) readBlock(type, body, little, interfaces, reading);
    at += length;
  }
}

function readBlock(type: number, body: Uint8Array, little: boolean, interfaces: Interface[], reading: Reading): void {
  const view = viewOf(body);
  if (type === 1 && body.length >= 8) {
    interfaces.push({ linkType: view.getUint16(0, little), perSecond: resolution(body, little) });
  } else if (type === 6 && body.length >= 20) {
    const { linkType, perSecond } = interfaces[view.getUint32(0, little)] ?? { linkType: 1, perSecond: 1e6 };
    const ticks = view.getUint32(4, little) * 2 ** 32 + view.getUint32(8, little);
    const length = view.getUint32(12, little);
    if (length <= body.length - 20)
      reading.packet(linkType, body.subarray(20, 20 + length), (ticks * 1000) / perSecond);
  } else if (type === 3 && body.length >= 4) {
    const { linkType } = interfaces[0] ?? { linkType: 1 };
    const length = Math.min(view.getUint32(0, little), body.length - 4);
    reading.packet(linkType, body.subarray(4, 4 + length), 0);
  } else if (type === 0x0a && body.length >= 8 && view.getUint32(0, little) === 0x544c534b) {
    const length = Math.min(view.getUint32(4, little), body.length - 8);
    reading.secrets += `${new TextDecoder('latin1').decode(body.subarray(8, 8 + length))}\n`;
  }
}

/** if_tsresol, option 9. */
function resolution(body: Uint8Array, little: boolean): number {
  const view = viewOf(body);
  for (let at = 8; at + 4 <= body.length; ) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === 0) break;
    if (code === 9 && length === 1 && at + 4 < body.length) {
      const value = body[at + 4];
      return value >= 0x80 ? 2 ** (value & 0x7f) : 10 ** value;
    }
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return 1e6;
}

/** The IP packet under a link layer (the LINKTYPE registry of tcpdump.org); null for what is none. */
function networkLayer(linkType: number, data: Uint8Array): Uint8Array | null {
  if (linkType === 101 || linkType === 228 || linkType === 229) return data;
  if (linkType === 0 || linkType === 108) return data.subarray(4);
  if (linkType === 113) return data.subarray(16);
  if (linkType === 276) return data.subarray(20);
  if (linkType !== 1) return null;
  let at = 12;
  while (
    at + 2 <= data.length &&
    ((data[at] === 0x81 && data[at + 1] === 0) || (data[at] === 0x88 && data[at + 1] === 0xa8))
  )
    at += 4;
  const type = (data[at] << 8) | data[at + 1];
  return type === 0x0800 || type === 0x86dd ? data.subarray(at + 2) : null;
}

function segmentOf(ip: Uint8Array, time: number): Segment | null {
  const version = ip[0] >> 4;
  if (version === 4) {
    const header = (ip[0] & 0xf) * 4;
    const total = (ip[2] << 8) | ip[3];
    const fragment = ((ip[6] & 0x3f) << 8) | ip[7];
    if (ip.length < 20 || header < 20 || ip[9] !== 6 || fragment !== 0) return null;
    // A total of 0 is what segmentation offload leaves.
    const end = total === 0 ? ip.length : Math.min(total, ip.length);
    return tcp(ip.subarray(header, end), address(ip.subarray(12, 16)), address(ip.subarray(16, 20)), time);
  }
  if (version !== 6 || ip.length < 40 || ip[6] !== 6) return null;
  const length = (ip[4] << 8) | ip[5];
  const end = length === 0 ? ip.length : Math.min(40 + length, ip.length);
  return tcp(ip.subarray(40, end), address(ip.subarray(8, 24)), address(ip.subarray(24, 40)), time);
}

function address(bytes: Uint8Array): string {
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  return `[${groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::')}]`;
}

function tcp(bytes: Uint8Array, from: string, to: string, time: number): Segment | null {
  const header = (bytes[12] >> 4) * 4;
  if (bytes.length < 20 || header < 20 || header > bytes.length) return null;
  const view = viewOf(bytes);
  const flags = bytes[13];
  return {
    time,
    source: `${from}:${view.getUint16(0)}`,
    target: `${to}:${view.getUint16(2)}`,
    sequence: view.getUint32(4),
    fin: (flags & 1) !== 0,
    syn: (flags & 2) !== 0,
    reset: (flags & 4) !== 0,
    ack: (flags & 16) !== 0,
    data: bytes.subarray(header),
  };
}
