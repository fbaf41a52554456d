// The state that stands in the address: a link to it shows the same.

import { type Choices, choicesFromText, choicesToText, defaults } from './choices.ts';

export type Source = 'page' | 'live' | 'file';
export type View = 'messages' | 'keys' | 'certificates' | 'measures' | 'compare';

export interface Address {
  readonly source: Source;
  readonly view: View;
  readonly choices: Choices;
  /** The other one, in a comparison. */
  readonly other: Choices;
  readonly step: number | null;
}

export const views: readonly { readonly value: View; readonly label: string }[] = [
  { value: 'messages', label: 'Messages' },
  { value: 'keys', label: 'Keys' },
  { value: 'certificates', label: 'Certificates' },
  { value: 'measures', label: 'Sizes and times' },
  { value: 'compare', label: 'Compare' },
];

const defaultOther: Choices = { ...defaults, version: '1.2' };

export function readAddress(hash: string): Address {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  const step = Number(parameters.get('step') ?? Number.NaN);
  const hasOther = [...parameters.keys()].some(name => name.startsWith('b.'));
  return {
    source: (['page', 'live', 'file'] as const).find(each => each === parameters.get('source')) ?? 'page',
    view: views.find(({ value }) => value === parameters.get('view'))?.value ?? 'messages',
    choices: choicesFromText(parameters),
    other: hasOther ? choicesFromText(parameters, 'b.') : defaultOther,
    step: Number.isInteger(step) && step >= 0 ? step : null,
  };
}

export function writeAddress({ source, view, choices, other, step }: Address): string {
  const parts = [
    source === 'page' ? '' : `source=${source}`,
    view === 'messages' ? '' : `view=${view}`,
    source === 'page' ? choicesToText(choices) : '',
    // A second set of defaults has to say so.
    view === 'compare' ? choicesToText(other, 'b.') || 'b.version=1.3' : '',
    step === null ? '' : `step=${step}`,
  ];
  return `#${parts.filter(part => part !== '').join('&')}`;
}
