// What to connect with, in the page: every choice takes effect at once.

import {
  type Choices,
  certificateOptions,
  defaults,
  faults,
  groupOptions,
  type Option,
  settled,
  suiteOptions,
  versions,
} from '../model/choices.ts';

interface FormProps {
  readonly choices: Choices;
  /** Tells the fields of two forms apart. */
  readonly prefix: string;
  readonly onChange: (choices: Choices) => void;
}

export function ChoicesForm({ choices, prefix, onChange }: FormProps) {
  const set = (part: Partial<Choices>) => onChange(settled({ ...choices, ...part }));
  const only13 = choices.version === '1.3';
  const select = <K extends keyof Choices>(name: K, label: string, options: readonly Option[], hint?: string) => (
    <Select
      id={`${prefix}-${name}`}
      label={label}
      hint={hint}
      options={options}
      value={`${choices[name]}`}
      onChange={value => set({ [name]: value } as Partial<Choices>)}
    />
  );
  return (
    <form class="choices" onSubmit={event => event.preventDefault()}>
      <fieldset>
        <legend>Protocol</legend>
        {select('version', 'Version', versions, older(choices))}
        {select('suite', 'Cipher suite', suiteOptions(choices))}
        {select('group', 'Key exchange group', groupOptions(choices))}
        {select('alpn', 'ALPN', [
          { value: 'agreed', label: 'http/1.1 on both sides' },
          { value: 'none', label: 'none' },
          { value: 'refused', label: 'nothing in common' },
        ])}
        <Check
          id={`${prefix}-retry`}
          label="HelloRetryRequest"
          hint="the server wants another key share"
          disabled={!only13}
          checked={choices.retry}
          onChange={retry => set({ retry })}
        />
        <Check
          id={`${prefix}-keyUpdate`}
          label="KeyUpdate"
          hint="new keys before the answer"
          disabled={!only13}
          checked={choices.keyUpdate}
          onChange={keyUpdate => set({ keyUpdate })}
        />
      </fieldset>
      <fieldset>
        <legend>Who is who</legend>
        {select('certificate', 'Key of the server', certificateOptions(choices))}
        {select('clientCertificate', 'Certificate of the client', [
          { value: 'none', label: 'not asked for' },
          { value: 'shown', label: 'asked for and shown' },
          { value: 'missing', label: 'asked for, but there is none' },
        ])}
        {select('resumption', 'Session', [
          { value: 'full', label: 'a full handshake' },
          { value: 'resumed', label: 'resumed' },
          {
            value: 'early',
            label: 'resumed, with early data',
            unavailable: only13 ? undefined : 'TLS 1.3 alone has early data',
          },
        ])}
      </fieldset>
      <fieldset>
        <legend>The way between</legend>
        {select(
          'fault',
          'What goes wrong',
          faults.map(each => ({
            ...each,
            unavailable: each.value === 'downgrade' && !only13 ? 'choose TLS 1.3' : undefined,
          })),
        )}
        <Amount
          id={`${prefix}-latency`}
          label="Latency, one way"
          unit="ms"
          most={1000}
          value={choices.latency}
          onChange={latency => set({ latency })}
        />
        <Amount
          id={`${prefix}-data`}
          label="Answer of the server"
          unit="bytes"
          most={1_000_000}
          value={choices.data}
          onChange={data => set({ data })}
        />
      </fieldset>
      <button type="button" class="plain" onClick={() => onChange(defaults)}>
        Start over
      </button>
    </form>
  );
}

function older({ version }: Choices): string | undefined {
  if (version === 'ssl3.0') return 'forbidden by RFC 7568';
  return version === '1.0' || version === '1.1' ? 'forbidden by RFC 8996' : undefined;
}

interface SelectProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly options: readonly Option[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function Select({ id, label, hint, options, value, onChange }: SelectProps) {
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={event => onChange(event.currentTarget.value)}>
        {options.map(option => (
          <option key={option.value} value={option.value} disabled={option.unavailable !== undefined}>
            {option.unavailable === undefined ? option.label : `${option.label} (${option.unavailable})`}
          </option>
        ))}
      </select>
      {hint !== undefined && <small>{hint}</small>}
    </p>
  );
}

interface CheckProps {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Check({ id, label, hint, checked, disabled, onChange }: CheckProps) {
  return (
    <p class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={event => onChange(event.currentTarget.checked)}
      />
      <label for={id}>
        {label} <small>{disabled ? 'in TLS 1.3' : hint}</small>
      </label>
    </p>
  );
}

interface AmountProps {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly most: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Amount({ id, label, unit, most, value, onChange }: AmountProps) {
  return (
    <p class="field">
      <label for={id}>
        {label} ({unit})
      </label>
      <input
        id={id}
        type="number"
        min={0}
        max={most}
        value={value}
        onChange={event => {
          const next = Math.round(Number(event.currentTarget.value));
          onChange(Number.isFinite(next) ? Math.max(0, Math.min(most, next)) : value);
        }}
      />
    </p>
  );
}
