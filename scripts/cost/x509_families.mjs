// Hostile inputs of castls/x509, each of about `n` bytes: the messages of a peer, what is read, files of keys.

import { files } from './x509/files.mjs';
import { messages } from './x509/messages.mjs';
import { readings } from './x509/readings.mjs';

export const x509Families = [...messages, ...readings, ...files];
