// What the load generator found, as one HTML page with plots that needs nothing else.

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** What happened when, in units of x. */
  readonly marks?: readonly (readonly [number, string])[];
}

export interface Report {
  readonly title: string;
  readonly facts: readonly string[];
  readonly tables: readonly {
    readonly title: string;
    readonly head: readonly string[];
    readonly rows: readonly (readonly (string | number)[])[];
  }[];
  readonly plots: readonly Plot[];
}

const WIDTH = 760;
const HEIGHT = 260;
const MARGIN = { left: 56, right: 16, top: 16, bottom: 40 };
const COLOURS = ['#0b6e99', '#c2410c', '#4d7c0f', '#7e22ce', '#be123c'];

export function htmlOf({ title, facts, tables, plots }: Report): string {
  const rows = (cells: readonly (readonly (string | number)[])[], tag: string) =>
    cells.map(row => `<tr>${row.map(cell => `<${tag}>${escaped(String(cell))}</${tag}>`).join('')}</tr>`).join('\n');
  const table = (each: Report['tables'][number]) =>
    `<h2>${escaped(each.title)}</h2>\n<table>\n${rows([each.head], 'th')}\n${rows(each.rows, 'td')}\n</table>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 820px; margin: 2em auto; padding: 0 1em; color: #1c1917 }
table { border-collapse: collapse } th, td { padding: 2px 12px 2px 0; text-align: right; border-bottom: 1px solid #e7e5e4 }
th:first-child, td:first-child { text-align: left } svg { display: block; width: 100%; height: auto }
text { font: 11px system-ui, sans-serif; fill: #57534e }
</style></head><body>
<h1>${escaped(title)}</h1>
<ul>${facts.map(fact => `<li>${escaped(fact)}</li>`).join('')}</ul>
${tables.map(table).join('\n')}
${plots.map(svgOf).join('\n')}
</body></html>
`;
}

function svgOf({ title, x, y, series, marks = [] }: Plot): string {
  const points = series.flatMap(each => each.points);
  const [left, right] = [Math.min(...points.map(([at]) => at)), Math.max(...points.map(([at]) => at), 1)];
  const top = Math.max(...points.map(([, value]) => value), 1) * 1.1;
  const px = (at: number) =>
    MARGIN.left + ((at - left) / Math.max(1e-9, right - left)) * (WIDTH - MARGIN.left - MARGIN.right);
  const py = (value: number) => HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const label = (at: number, down: number, words: string, anchor = 'middle') =>
    `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" text-anchor="${anchor}">${escaped(words)}</text>`;
  const grid = [0, 0.25, 0.5, 0.75, 1].map(part => {
    const value = top * part;
    const line = `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${py(value)}" y2="${py(value)}" stroke="#e7e5e4"/>`;
    return line + label(MARGIN.left - 6, py(value) + 4, value < 10 ? value.toFixed(1) : value.toFixed(0), 'end');
  });
  const ticks = [...new Set(points.map(([at]) => at))].filter((_, i, all) => i % Math.ceil(all.length / 12) === 0);
  const lines = series.map(({ points: path }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const line = path.map(([at, value]) => `${px(at).toFixed(1)},${py(value).toFixed(1)}`).join(' ');
    const dots = path.map(
      ([at, value]) => `<circle cx="${px(at).toFixed(1)}" cy="${py(value).toFixed(1)}" r="2.5" fill="${colour}"/>`,
    );
    return `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`;
  });
  const happened = marks.map(
    ([at, what], i) =>
      `<line x1="${px(at)}" x2="${px(at)}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" stroke="#a8a29e" stroke-dasharray="3 3"/>` +
      label(px(at) + 4, MARGIN.top + 10 + (i % 4) * 12, what, 'start'),
  );
  const legend = series.map(
    ({ name }, i) => `<span style="color:${COLOURS[i % COLOURS.length]}">■ ${escaped(name)}</span>`,
  );
  return `<h2>${escaped(title)}</h2><p>${legend.join(' &nbsp; ')}</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">${grid.join('')}${ticks
    .map(at => label(px(at), HEIGHT - MARGIN.bottom + 16, String(at)))
    .join(
      '',
    )}${lines.join('')}${happened.join('')}${label(WIDTH / 2, HEIGHT - 6, x)}${label(MARGIN.left, 10, y, 'start')}</svg>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
