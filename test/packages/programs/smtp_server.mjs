import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

const { CERT, KEY, SECURE } = process.env;
const server = new SMTPServer({
  secure: SECURE === 'yes',
  key: readFileSync(KEY),
  cert: readFileSync(CERT),
  onAuth({ username, password }, _session, callback) {
    if (password !== 'secret') return callback(new Error('no'));
    callback(null, { user: username });
  },
  async onData(stream, session, callback) {
    let mail = '';
    for await (const chunk of stream) mail += chunk.toString('latin1');
    const [, file] = /Content-Disposition: attachment.*?\r\n\r\n([\w+/=\r\n]+)\r\n--/s.exec(mail);
    const hash = createHash('sha256').update(Buffer.from(file, 'base64')).digest('hex');
    callback(null, `secure: ${session.secure}, file: ${hash}`);
  },
});
server.on('error', error => console.log('error', error.code));
server.listen(0, '127.0.0.1', () => console.log(`listening at ${server.server.address().port}`));
