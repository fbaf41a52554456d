// Writes captures: what went over one TCP connection, with headers of TCP, IP and Ethernet before it.

/**
 * A classic pcap of one TCP connection from 10.0.0.1:40000 to 10.0.0.2.
 * @param {readonly {from: 'client' | 'server', data: Uint8Array}[]} chunks @param {number} port of the server
 */
export function pcapOf(chunks, port = 443) {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  const next = { client: 1000, server: 5000 };
  let time = 1_700_000_000_000;
  const packets = [packet('client', Buffer.alloc(0), { syn: true })];
  next.client++;
  for (const { from, data } of chunks) {
    for (let at = 0; at < data.length; at += 1400) packets.push(packet(from, data.subarray(at, at + 1400), {}));
  }
  return Buffer.concat([header, ...packets]);

  /** @param {'client' | 'server'} from @param {Uint8Array} data @param {{syn?: boolean}} flags */
  function packet(from, data, { syn = false }) {
    const to = from === 'client' ? 'server' : 'client';
    const frame = Buffer.alloc(16 + 14 + 20 + 20 + data.length);
    const length = frame.length - 16;
    time += 1;
    frame.writeUInt32LE(Math.floor(time / 1000), 0);
    frame.writeUInt32LE((time % 1000) * 1000, 4);
    frame.writeUInt32LE(length, 8);
    frame.writeUInt32LE(length, 12);
    const ethernet = frame.subarray(16);
    ethernet.writeUInt16BE(0x0800, 12);
    const ip = ethernet.subarray(14);
    ip[0] = 0x45;
    ip.writeUInt16BE(length - 14, 2);
    ip[8] = 64;
    ip[9] = 6;
    ip.set([10, 0, 0, from === 'client' ? 1 : 2], 12);
    ip.set([10, 0, 0, from === 'client' ? 2 : 1], 16);
    const tcp = ip.subarray(20);
    tcp.writeUInt16BE(from === 'client' ? 40_000 : port, 0);
    tcp.writeUInt16BE(from === 'client' ? port : 40_000, 2);
    tcp.writeUInt32BE(next[from], 4);
    tcp.writeUInt32BE(syn ? 0 : next[to], 8);
    tcp[12] = 0x50;
    tcp[13] = syn ? 0x02 : 0x18;
    tcp.writeUInt16BE(65_535, 14);
    tcp.set(data, 20);
    next[from] += data.length;
    return frame;
  }
}
