// Bytes in rows of sixteen, those of a field marked. The rows are one element each and what is under the pointer follows
// from where it is, so that long records stay light.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Range } from './detail.tsx';

interface HexProps {
  readonly bytes: Uint8Array;
  readonly range: Range | null;
  readonly onPoint: (offset: number | null) => void;
  readonly onChoose: (offset: number) => void;
}

/** Bytes that are shown at once. */
const PAGE = 2048;

export function HexView({ bytes, range, onPoint, onChoose }: HexProps) {
  const [all, setAll] = useState(false);
  const width = useWidth();
  const box = useRef<HTMLDivElement>(null);
  const length = all ? bytes.length : Math.min(bytes.length, PAGE);
  const rows = useMemo(() => Array.from({ length: Math.ceil(length / width) }, (_, i) => i * width), [length, width]);
  useEffect(() => {
    if (range === null) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-row="${Math.floor(range.offset / width)}"]`);
    const element = box.current;
    if (row == null || element === null) return;
    const top = row.offsetTop - element.offsetTop;
    if (top < element.scrollTop || top + row.offsetHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top - element.clientHeight / 3;
  }, [range, width]);
  const offsetOf = (event: Event): number | null => {
    const offset = (event.target as HTMLElement).dataset?.offset;
    return offset === undefined ? null : Number(offset);
  };
  return (
    <div
      class="hex"
      ref={box}
      role="region"
      aria-label="Bytes"
      tabIndex={0}
      onMouseOver={event => onPoint(offsetOf(event))}
      onFocus={() => {}}
      onMouseLeave={() => onPoint(null)}
      onClick={event => {
        const offset = offsetOf(event);
        if (offset !== null) onChoose(offset);
      }}
    >
      {rows.map(start => (
        <Row
          key={start}
          bytes={bytes}
          start={start}
          end={Math.min(start + width, length)}
          range={range}
          width={width}
        />
      ))}
      {length < bytes.length && (
        <button type="button" class="plain" onClick={() => setAll(true)}>
          Show all {bytes.length.toLocaleString('en')} bytes
        </button>
      )}
    </div>
  );
}

interface RowProps {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly range: Range | null;
  readonly width: number;
}

function Row({ bytes, start, end, range, width }: RowProps) {
  const cells = [];
  const from = range === null ? 0 : range.offset;
  const to = range === null ? 0 : range.offset + range.length;
  let text = '';
  for (let at = start; at < end; at++) {
    const marked = at >= from && at < to;
    cells.push(
      <span key={at} data-offset={at} class={marked ? 'marked' : undefined}>
        {bytes[at].toString(16).padStart(2, '0')}
      </span>,
    );
    text += bytes[at] >= 0x20 && bytes[at] < 0x7f ? String.fromCharCode(bytes[at]) : '·';
  }
  return (
    <div class="hex-row" data-row={start / width}>
      <span class="offset">{start.toString(16).padStart(4, '0')}</span>
      <span class="cells">{cells}</span>
      <span class="text" aria-hidden="true">
        {text}
      </span>
    </div>
  );
}

/** Sixteen in a row, eight where there is little room. */
function useWidth(): number {
  const query = '(max-width: 40rem)';
  const [narrow, setNarrow] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const follow = () => setNarrow(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  return narrow ? 8 : 16;
}
