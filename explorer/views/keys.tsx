// The key schedule as a graph. A secret lights up when the connection has come to it; a node that is chosen tells what it is
// for, and what it is where a key log told.

import { useMemo, useState } from 'preact/hooks';
import type { Conversation } from '../model/conversation.ts';
import { type KeyGraph, type KeyNode, keyGraph } from '../model/key_schedule.ts';
import { Section } from './detail.tsx';
import { usePlayback } from './playback.ts';

const CELL = { width: 310, height: 82 };
const NODE = { width: 196, height: 50 };
const MARGIN = 12;

interface KeysProps {
  readonly conversation: Conversation;
  readonly step: number | null;
  readonly onStep: (step: number) => void;
}

export function KeysView({ conversation, step, onStep }: KeysProps) {
  const graph = useMemo(() => keyGraph(conversation), [conversation]);
  const { steps } = conversation;
  const { upTo, playing, play, stop, seek } = usePlayback(steps.length, conversation);
  const [chosen, setChosen] = useState<string | null>(null);
  if (graph.nodes.length === 0) return <p class="empty">No ServerHello came: there are no keys.</p>;
  const current = playing ? upTo : Math.min(step ?? steps.length - 1, steps.length - 1);
  const now = steps[current]?.time ?? 0;
  const node = graph.nodes.find(({ id }) => id === chosen) ?? null;
  return (
    <div class="keys">
      <div class="player">
        <button type="button" onClick={playing ? stop : play}>
          {playing ? 'Pause' : 'Play'}
        </button>
        <input
          type="range"
          min={0}
          max={steps.length - 1}
          value={current}
          aria-label="Step of the connection"
          aria-valuetext={`${now.toFixed(1)} ms: ${steps[current]?.title ?? ''}`}
          onInput={event => {
            const to = Number(event.currentTarget.value);
            stop();
            seek(to);
            onStep(to);
          }}
        />
        <output>
          {now.toFixed(1)} ms: {steps[current]?.title}
        </output>
      </div>
      <Graph graph={graph} now={now} chosen={chosen} onChoose={setChosen} />
      {node === null ? (
        <p class="hint">Choose a secret to see what it is for.</p>
      ) : (
        <NodeDetail node={node} now={now} />
      )}
    </div>
  );
}

function NodeDetail({ node, now }: { readonly node: KeyNode; readonly now: number }) {
  const { label, about, section, since, value, records, kind } = node;
  return (
    <section class="node-detail" aria-label={label} aria-live="polite">
      <h2>{label}</h2>
      <p>
        {about} <Section section={section} />
      </p>
      <p>
        {since === null
          ? 'This connection does not come to it.'
          : since > now
            ? `Known from ${since.toFixed(1)} ms on.`
            : `Known since ${since.toFixed(1)} ms.`}
        {kind === 'traffic' && ` ${records} ${records === 1 ? 'record' : 'records'} under it.`}
      </p>
      {value !== undefined && (
        <p>
          <code class="secret">{value}</code>
        </p>
      )}
    </section>
  );
}

interface GraphProps {
  readonly graph: KeyGraph;
  readonly now: number;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

function Graph({ graph, now, chosen, onChoose }: GraphProps) {
  const width = (graph.columns - 1) * CELL.width + NODE.width + 2 * MARGIN;
  const height = (graph.rows - 1) * CELL.height + NODE.height + 2 * MARGIN;
  const place = ({ column, row }: KeyNode) => ({ x: MARGIN + column * CELL.width, y: MARGIN + row * CELL.height });
  const nodeOf = (id: string) => graph.nodes.find(each => each.id === id) as KeyNode;
  const lit = ({ since }: KeyNode) => since !== null && since <= now;
  return (
    <div class="graph" role="region" aria-label="Key schedule" tabIndex={0}>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label="Key schedule">
        {graph.edges.map(({ from, to, label }) => {
          const [a, b] = [nodeOf(from), nodeOf(to)];
          const on = lit(a) && lit(b);
          const { path, x, y } = edgePath(place(a), place(b));
          return (
            <g key={`${from} ${to}`} class={on ? 'edge lit' : 'edge'}>
              <path d={path} />
              {label !== '' && (
                <text x={x} y={y}>
                  {label}
                </text>
              )}
            </g>
          );
        })}
        {graph.nodes.map(node => (
          <Node
            key={node.id}
            node={node}
            at={place(node)}
            lit={lit(node)}
            chosen={node.id === chosen}
            onChoose={onChoose}
          />
        ))}
      </svg>
    </div>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function edgePath(from: Place, to: Place): { path: string; x: number; y: number } {
  if (from.x === to.x) {
    const x = from.x + NODE.width / 2;
    const [top, bottom] = [from.y + NODE.height, to.y];
    return { path: `M${x} ${top} V${bottom}`, x, y: (top + bottom) / 2 + 4 };
  }
  const [x1, y1, x2, y2] = [from.x + NODE.width, from.y + NODE.height / 2, to.x, to.y + NODE.height / 2];
  const middle = (x1 + x2) / 2;
  return {
    path: `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`,
    x: (x1 + x2) / 2 + 8,
    y: (y1 + y2) / 2 + 4,
  };
}

interface NodeProps {
  readonly node: KeyNode;
  readonly at: Place;
  readonly lit: boolean;
  readonly chosen: boolean;
  readonly onChoose: (id: string) => void;
}

function Node({ node, at, lit, chosen, onChoose }: NodeProps) {
  const { id, label, kind, protection, records } = node;
  const lines = wrapped(label);
  return (
    <g
      class={`node kind-${kind} ${protection === undefined ? '' : `protected-${protection}`} ${lit ? 'lit' : ''} ${chosen ? 'chosen' : ''}`}
      transform={`translate(${at.x} ${at.y})`}
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      aria-label={`${label}${lit ? '' : ', not yet known'}${kind === 'traffic' ? `, ${records} records` : ''}`}
      onClick={() => onChoose(id)}
      onKeyDown={event => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onChoose(id);
      }}
    >
      <rect width={NODE.width} height={NODE.height} rx={8} />
      {lines.map((line, i) => (
        <text key={line} x={NODE.width / 2} y={NODE.height / 2 + 4 + (i - (lines.length - 1) / 2) * 15}>
          {line}
        </text>
      ))}
    </g>
  );
}

/** Two lines at most, broken at a space or an underscore. */
function wrapped(label: string): string[] {
  if (label.length <= 23) return [label];
  const breaks = [...label.matchAll(/[ _]/g)].map(({ index }) => index + 1);
  const at = breaks.reduce(
    (best, each) => (Math.abs(each - label.length / 2) < Math.abs(best - label.length / 2) ? each : best),
    0,
  );
  return at === 0 ? [label] : [label.slice(0, at).trimEnd(), label.slice(at)];
}
