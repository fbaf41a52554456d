// The explorer: a page that runs castls on both sides of a connection and shows every byte of it.

import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/frame.css';
import './style/choices.css';
import './style/messages.css';
import './style/keys.css';
import './style/certificates.css';
import './style/measures.css';
import './style/narrow.css';
import { render } from 'preact';
import { App } from './views/app.tsx';

const root = document.getElementById('app');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
