// The explorer: a page that runs castls on both sides of a connection and shows every byte of it.

import './style.css';
import 'uplot/dist/uPlot.min.css';
import { render } from 'preact';
import { App } from './views/app.tsx';

const root = document.getElementById('app');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
