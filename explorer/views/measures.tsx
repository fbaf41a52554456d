// Sizes and times as plots, and as a table for who cannot see them.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Conversation } from '../model/conversation.ts';

const HEIGHT = 240;

export function MeasuresView({ conversation }: { readonly conversation: Conversation }) {
  const { trace } = conversation;
  const { records } = trace;
  const flow = useMemo(() => cumulative(conversation), [conversation]);
  const sizes = useMemo(() => sizesOf(conversation), [conversation]);
  const messages = useMemo(() => messageSizes(conversation), [conversation]);
  if (records.length === 0) return <p class="empty">Nothing was sent.</p>;
  return (
    <div class="measures">
      <Plot
        title="Bytes sent so far"
        data={flow}
        series={['client', 'server']}
        x="milliseconds"
        kind="steps"
        about={`The client sent ${flow[1].at(-1)} bytes and the server ${flow[2].at(-1)} bytes.`}
      />
      <Plot
        title="Size of each record"
        data={sizes}
        series={['client', 'server']}
        x="record"
        kind="bars"
        about={`${records.length} records, the largest of ${Math.max(...records.map(({ length }) => length + 5))} bytes.`}
      />
      <section aria-label="Handshake messages">
        <h2>Handshake messages</h2>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Message</th>
                <th scope="col">From</th>
                <th scope="col" class="number">
                  Bytes
                </th>
                <th scope="col" class="number">
                  Since the start
                </th>
                <th scope="col">
                  <span class="sr">Share</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {messages.map(({ name, from, bytes, time, share }, index) => (
                <tr key={`${index} ${name}`}>
                  <th scope="row">{name}</th>
                  <td>{from}</td>
                  <td class="number">{bytes.toLocaleString('en')}</td>
                  <td class="number">{time.toFixed(1)} ms</td>
                  <td class="bar">
                    <progress
                      class={`from-${from}`}
                      max={1}
                      value={share}
                      aria-label={`${Math.round(share * 100)} % of the largest`}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </div>
  );
}

type Columns = [number[], (number | null)[], (number | null)[]];

function cumulative({ trace }: Conversation): Columns {
  const columns: Columns = [[0], [0], [0]];
  let [client, server] = [0, 0];
  for (const { time, from, length } of trace.records) {
    if (from === 'client') client += length + 5;
    else server += length + 5;
    columns[0].push(time);
    columns[1].push(client);
    columns[2].push(server);
  }
  return columns;
}

function sizesOf({ trace }: Conversation): Columns {
  const columns: Columns = [[], [], []];
  trace.records.forEach(({ from, length }, index) => {
    columns[0].push(index + 1);
    columns[1].push(from === 'client' ? length + 5 : null);
    columns[2].push(from === 'server' ? length + 5 : null);
  });
  return columns;
}

function messageSizes({ steps }: Conversation) {
  const found = steps.flatMap(({ inside, from, time }) => {
    const messages = (inside?.fields ?? []).filter(({ children }) => children?.[0]?.name === 'msg_type');
    return messages.map(({ name, length, children }) => {
      const retry = JSON.stringify(children ?? []).includes('"HelloRetryRequest"');
      return { name: retry ? 'HelloRetryRequest' : name, from: from ?? 'client', bytes: length, time };
    });
  });
  const largest = Math.max(1, ...found.map(({ bytes }) => bytes));
  return found.map(each => ({ ...each, share: each.bytes / largest }));
}

interface PlotProps {
  readonly title: string;
  readonly data: Columns;
  readonly series: readonly [string, string];
  readonly x: string;
  readonly kind: 'steps' | 'bars';
  readonly about: string;
}

function Plot({ title, data, series, x, kind, about }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useThemeChanges();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const color = (name: string) => resolvedColor(element, name);
    const axis = {
      stroke: color('--ink-soft'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { stroke: color('--line'), width: 1 },
    };
    const { stepped, bars } = uPlot.paths;
    const paths = kind === 'steps' ? stepped?.({ align: 1 }) : bars?.({ size: [0.7, 40] });
    const plot = new uPlot(
      {
        width: Math.max(280, element.clientWidth),
        height: HEIGHT,
        scales: { x: { time: false } },
        axes: [
          { ...axis, label: x, labelSize: 20 },
          { ...axis, size: 64, values: (_, values) => values.map(value => value.toLocaleString('en')) },
        ],
        legend: { live: false },
        series: [
          { label: x },
          {
            label: series[0],
            points: { show: false },
            stroke: color('--client'),
            fill: kind === 'bars' ? color('--client') : undefined,
            width: 2,
            paths,
          },
          {
            label: series[1],
            points: { show: false },
            stroke: color('--server'),
            fill: kind === 'bars' ? color('--server') : undefined,
            width: 2,
            paths,
          },
        ],
      },
      data,
      element,
    );
    const resized = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(280, element.clientWidth), height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [data, series[0], series[1], x, kind, theme]);
  return (
    <figure class="plot">
      <figcaption>
        <strong>{title}</strong> <span class="sr">{about}</span>
      </figcaption>
      <div ref={place} />
    </figure>
  );
}

/** A canvas takes no variables, nor light-dark(). */
function resolvedColor(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A number that changes with the theme. */
function useThemeChanges(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const next = () => setCount(before => before + 1);
    const media = matchMedia('(prefers-color-scheme: dark)');
    const chosen = new MutationObserver(next);
    media.addEventListener('change', next);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      media.removeEventListener('change', next);
      chosen.disconnect();
    };
  }, []);
  return count;
}
