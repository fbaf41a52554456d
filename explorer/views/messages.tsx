// The time line: who sends what, when, in the clear or under which keys; and the chosen record field by field.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Conversation, Protection, Step } from '../model/conversation.ts';
import { Detail } from './detail.tsx';
import { reducedMotion, usePlayback } from './playback.ts';

export const protections: Readonly<Record<Protection, string>> = {
  clear: 'in the clear',
  early: 'early keys',
  handshake: 'handshake keys',
  application: 'application keys',
  unknown: 'encrypted, keys not known',
};

interface MessagesProps {
  readonly conversation: Conversation;
  readonly step: number | null;
  readonly onStep: (step: number | null) => void;
}

export function MessagesView({ conversation, step, onStep }: MessagesProps) {
  const { steps } = conversation;
  const { upTo, playing, play, stop, seek } = usePlayback(steps.length, conversation);
  const initial = step ?? steps.findIndex(({ record }) => record !== null);
  const [chosen, setChosen] = useState(initial);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => setChosen(step ?? steps.findIndex(({ record }) => record !== null)), [conversation, step]);
  const current = playing ? upTo : Math.min(chosen, steps.length - 1);
  const choose = (index: number) => {
    stop();
    setChosen(index);
    onStep(index);
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const to = by === undefined ? { Home: 0, End: steps.length - 1 }[event.key] : current + by;
    if (to === undefined || to < 0 || to >= steps.length) return;
    event.preventDefault();
    choose(to);
    list.current?.querySelectorAll<HTMLButtonElement>('button')[to]?.focus();
  };
  useEffect(() => {
    if (!playing) return;
    list.current
      ?.querySelectorAll('button')
      [upTo]?.scrollIntoView({ block: 'nearest', behavior: reducedMotion() ? 'auto' : 'smooth' });
  }, [playing, upTo]);
  const shown = steps[current];
  return (
    <div class="messages">
      <section class="timeline" aria-label="Time line">
        <div class="lanes" aria-hidden="true">
          <span>client</span>
          <span>server</span>
        </div>
        <ol ref={list} onKeyDown={move}>
          {steps.map((each, index) => (
            <Row
              key={each.index}
              step={each}
              current={index === current}
              later={playing && index > upTo}
              onChoose={() => choose(index)}
            />
          ))}
        </ol>
        <div class="player">
          <button type="button" onClick={playing ? stop : play}>
            {playing ? 'Pause' : 'Play'}
          </button>
          <input
            type="range"
            min={0}
            max={Math.max(0, steps.length - 1)}
            value={Math.max(0, current)}
            aria-label="Step of the connection"
            aria-valuetext={shown === undefined ? '' : `${shown.time.toFixed(1)} ms: ${shown.title}`}
            onInput={event => {
              const to = Number(event.currentTarget.value);
              seek(to);
              choose(to);
            }}
          />
          <output>{shown === undefined ? '' : `${shown.time.toFixed(1)} ms`}</output>
        </div>
        <Legend steps={steps} />
      </section>
      {shown !== undefined && <Detail key={shown.index} step={shown} />}
    </div>
  );
}

interface RowProps {
  readonly step: Step;
  readonly current: boolean;
  readonly later: boolean;
  readonly onChoose: () => void;
}

function Row({ step, current, later, onChoose }: RowProps) {
  const { from, title, detail, protection, kind, time, problem } = step;
  const direction = from === null ? 'both' : from;
  const fatal = kind === 'alert' && step.inside?.bytes[1] !== 0;
  const spoken =
    from === null ? '' : `${from} to ${from === 'client' ? 'server' : 'client'}, ${protections[protection]}: `;
  return (
    <li class={`row from-${direction} kind-${kind} ${fatal ? 'fatal' : ''} ${later ? 'later' : ''}`}>
      <button
        type="button"
        class={`protected-${protection} ${problem === null ? '' : 'problem'}`}
        aria-current={current ? 'step' : undefined}
        tabIndex={current ? 0 : -1}
        onClick={onChoose}
      >
        <span class="time">{time.toFixed(1)}</span>
        <span class="sr">{`ms, ${spoken}`}</span>
        <span class="title">{title}</span>
        {detail !== '' && <span class="size">{detail}</span>}
        {from !== null && <span class="arrow" aria-hidden="true" />}
      </button>
    </li>
  );
}

function Legend({ steps }: { readonly steps: readonly Step[] }) {
  const used = new Set(steps.filter(({ from }) => from !== null).map(({ protection }) => protection));
  return (
    <ul class="legend" aria-label="Colours">
      {(Object.keys(protections) as Protection[])
        .filter(each => used.has(each))
        .map(each => (
          <li key={each}>
            <span class={`swatch protected-${each}`} aria-hidden="true" />
            {protections[each]}
          </li>
        ))}
    </ul>
  );
}
