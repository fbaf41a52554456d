// Fields as a tree: arrows walk it, Enter opens and closes, what has the focus is marked among the bytes.

import type { Field } from 'castls/inspect';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Range } from './detail.tsx';
import { Section } from './detail.tsx';

interface TreeProps {
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
  readonly range: Range | null;
  readonly onPoint: (range: Range | null) => void;
  readonly onChoose: (range: Range | null) => void;
}

interface Item {
  readonly field: Field;
  readonly path: string;
  readonly level: number;
  readonly open: boolean;
  readonly place: number;
  readonly siblings: number;
  /** As the field around it. */
  readonly sameSection: boolean;
}

/** Levels that are open at first, and items above which only those are. */
const OPEN_LEVELS = 3;
const SHORT_VALUE = 24;

export function FieldTree({ bytes, fields, range, onPoint, onChoose }: TreeProps) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [focus, setFocus] = useState('0');
  const tree = useRef<HTMLUListElement>(null);
  const items = useMemo(() => visible(fields, toggled), [fields, toggled]);
  useEffect(() => {
    if (range === null) return;
    const marked = tree.current?.querySelector('.marked');
    const box = tree.current;
    if (marked == null || box === null) return;
    const { top, bottom } = marked.getBoundingClientRect();
    const { top: boxTop, bottom: boxBottom } = box.getBoundingClientRect();
    // The page itself stays where it is.
    if (top < boxTop || bottom > boxBottom) box.scrollTop += top - boxTop - box.clientHeight / 3;
  }, [range]);
  const toggle = (path: string) =>
    setToggled(before => {
      const next = new Set(before);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  const go = (item: Item | undefined) => {
    if (item === undefined) return;
    setFocus(item.path);
    onChoose(item.field);
    tree.current?.querySelector<HTMLElement>(`[data-path="${item.path}"]`)?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const at = items.findIndex(({ path }) => path === focus);
    const item = items[at];
    if (item === undefined) return;
    const hasChildren = (item.field.children?.length ?? 0) > 0;
    if (event.key === 'ArrowDown') go(items[at + 1]);
    else if (event.key === 'ArrowUp') go(items[at - 1]);
    else if (event.key === 'Home') go(items[0]);
    else if (event.key === 'End') go(items.at(-1));
    else if (event.key === 'ArrowRight' && hasChildren) {
      if (item.open) go(items[at + 1]);
      else toggle(item.path);
    } else if (event.key === 'ArrowLeft') {
      if (hasChildren && item.open) toggle(item.path);
      else go(items.find(({ path }) => path === item.path.replace(/\.\d+$/, '')));
    } else if ((event.key === 'Enter' || event.key === ' ') && hasChildren) toggle(item.path);
    else return;
    event.preventDefault();
  };
  return (
    <ul class="tree" role="tree" aria-label="Fields" ref={tree} onKeyDown={move} onMouseLeave={() => onPoint(null)}>
      {items.map(item => (
        <Line
          key={item.path}
          item={item}
          bytes={bytes}
          focused={item.path === focus}
          marked={range !== null && item.field.offset === range.offset && item.field.length === range.length}
          onPoint={() => onPoint(item.field)}
          onChoose={() => {
            setFocus(item.path);
            onChoose(item.field);
          }}
          onToggle={() => toggle(item.path)}
        />
      ))}
    </ul>
  );
}

interface LineProps {
  readonly item: Item;
  readonly bytes: Uint8Array;
  readonly focused: boolean;
  readonly marked: boolean;
  readonly onPoint: () => void;
  readonly onChoose: () => void;
  readonly onToggle: () => void;
}

function Line({ item, bytes, focused, marked, onPoint, onChoose, onToggle }: LineProps) {
  const { field, level, open, place, siblings, path } = item;
  const hasChildren = (field.children?.length ?? 0) > 0;
  return (
    <li
      role="treeitem"
      class={`${marked ? 'marked' : ''} ${field.problem === undefined ? '' : 'problem'}`}
      data-path={path}
      data-level={Math.min(level, 9)}
      aria-level={level + 1}
      aria-posinset={place + 1}
      aria-setsize={siblings}
      aria-expanded={hasChildren ? open : undefined}
      aria-selected={marked}
      tabIndex={focused ? 0 : -1}
      onMouseEnter={onPoint}
      onFocus={onChoose}
      onClick={() => {
        onChoose();
        if (hasChildren) onToggle();
      }}
    >
      <span class="twist" aria-hidden="true">
        {hasChildren ? (open ? '▾' : '▸') : ''}
      </span>
      <span class="name">{field.name}</span>
      <Value field={field} bytes={bytes} />
      {field.section !== undefined && <Section section={field.section} same={item.sameSection} />}
      {field.problem !== undefined && <span class="fault">{field.problem.message}</span>}
    </li>
  );
}

function Value({ field, bytes }: { readonly field: Field; readonly bytes: Uint8Array }) {
  const { value, meaning, children, offset, length } = field;
  const isBytes = value === undefined && children === undefined && length > 0;
  const shown = isBytes ? hexText(bytes, offset, length) : value === undefined ? '' : `${value}`;
  return (
    <>
      {meaning !== undefined && <span class="meaning">{meaning}</span>}
      {shown !== '' && <span class="value">{shown.length > 120 ? `${shown.slice(0, 117)}...` : shown}</span>}
    </>
  );
}

function hexText(bytes: Uint8Array, offset: number, length: number): string {
  const shown = [...bytes.subarray(offset, offset + Math.min(length, SHORT_VALUE))];
  const text = shown.map(byte => byte.toString(16).padStart(2, '0')).join('');
  return length > SHORT_VALUE ? `${text}... (${length.toLocaleString('en')} bytes)` : text;
}

/** What is not closed, from the top down. A path that was toggled is the other way round than its level says. */
function visible(fields: readonly Field[], toggled: ReadonlySet<string>): Item[] {
  const items: Item[] = [];
  const add = (list: readonly Field[], level: number, before: string, around?: string): void => {
    list.forEach((field, place) => {
      const path = `${before}${place}`;
      const byDefault = level < OPEN_LEVELS && !(level === OPEN_LEVELS - 1 && (field.children?.length ?? 0) > 24);
      const open = byDefault !== toggled.has(path);
      items.push({ field, path, level, open, place, siblings: list.length, sameSection: field.section === around });
      if (open) add(field.children ?? [], level + 1, `${path}.`, field.section);
    });
  };
  add(fields, 0, '');
  return items;
}
