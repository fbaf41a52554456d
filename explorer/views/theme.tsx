// Light, dark, or what the system says.

import { useEffect, useState } from 'preact/hooks';

type Theme = 'system' | 'light' | 'dark';
const order: readonly Theme[] = ['system', 'light', 'dark'];

function remembered(): Theme {
  try {
    return order.find(theme => theme === localStorage.getItem('theme')) ?? 'system';
  } catch {
    return 'system';
  }
}

export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(remembered);
  useEffect(() => {
    const root = document.documentElement;
    if (theme === 'system') root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', theme);
    try {
      localStorage.setItem('theme', theme);
    } catch {} // a page without storage forgets it
  }, [theme]);
  return (
    <label class="theme">
      <span>Theme</span>
      <select aria-label="Theme" value={theme} onChange={event => setTheme(event.currentTarget.value as Theme)}>
        <option value="system">as the system</option>
        <option value="light">light</option>
        <option value="dark">dark</option>
      </select>
    </label>
  );
}
