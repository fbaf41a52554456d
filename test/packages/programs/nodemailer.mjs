import { readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';

const { HOST, PORT, CA, BODY, SECURE } = process.env;
const transport = nodemailer.createTransport({
  host: HOST,
  port: Number(PORT),
  secure: SECURE === 'yes',
  requireTLS: SECURE !== 'yes',
  auth: { user: 'someone', pass: 'secret' },
  tls: { ca: readFileSync(CA) },
});
await transport.verify();
const info = await transport.sendMail({
  from: 'one@example.test',
  to: 'two@example.test',
  subject: 'note',
  text: 'see the file',
  attachments: [{ filename: 'note.txt', content: readFileSync(BODY) }],
});
console.log(info.response);
console.log('done');
