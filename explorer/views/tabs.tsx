// Tabs as the ARIA Authoring Practices want them: arrows move, one stop for Tab.

interface TabsProps<T extends string> {
  readonly name: string;
  readonly label: string;
  readonly tabs: readonly { readonly value: T; readonly label: string }[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

export function Tabs<T extends string>({ name, label, tabs, value, onChange }: TabsProps<T>) {
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex(each => each.value === value);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    onChange(next.value);
    document.getElementById(`tab-${name}-${next.value}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(tab => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          id={`tab-${name}-${tab.value}`}
          aria-selected={tab.value === value}
          aria-controls={`panel-${name}`}
          tabIndex={tab.value === value ? 0 : -1}
          onClick={() => onChange(tab.value)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}
