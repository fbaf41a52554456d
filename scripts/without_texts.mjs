// Takes the texts of errors out of a module: the build for the condition castls-brief, whose errors say their code alone.
// What is left out are arguments of the functions below that are sentences; names of options, of rules that code asks
// for, and labels of protocols are no sentences.

import { parse } from 'acorn';
import { simple } from 'acorn-walk';

/** Functions and methods that make an error of a sentence, or name in one what was wrong. */
const makers = new Set([
  ...['TlsError', 'fault', 'malformed', 'invalid', 'constraintFault', 'policyError', 'violation', 'signatureFault'],
  ...[
    'unsupported',
    'bad',
    'broken',
    'note',
    'deviate',
    'error',
    'add',
    'repeated',
    'illegal',
    'charge',
    'list',
    'ask',
  ],
  ...[
    'rule',
    'objectWith',
    'requireInput',
    'input',
    'requireBytes',
    'requireString',
    'requireFunction',
    'requireObject',
  ],
  ...[
    'RecordHeaderError',
    'requireInteger',
    'requireBoolean',
    'unsharedBytes',
    'requireNoPartialMessage',
    'decoding',
    'asMalformed',
  ],
]);

/** Functions that put together what those are given. */
const describers = new Set(['alternatives', 'foreignText', 'reasonOf']);

/** Which argument of these names what is read, asked for or charged, in words that errors alone show. */
const named = new Map([
  ['Reader', 1],
  ['readOptions', 0],
  ['refuseBeside', 0],
  ['requireOpen13', 0],
  ['requireEstablished', 0],
  ['charge', 1],
  ['error', 0],
]);

/** @typedef {import('acorn').Node & Record<string, any>} Node */

/** @param {string} code of a module, without types @returns {string} */
export function withoutTexts(code) {
  /** @type {{ start: number, end: number, by: string }[]} */
  const edits = [];
  const visit = (/** @type {Node} */ call) => {
    const what = call.arguments[named.get(nameOf(call.callee)) ?? -1];
    if (/Literal$/.test(what?.type)) edits.push({ start: what.start, end: what.end, by: '""' });
    if (!makers.has(nameOf(call.callee))) return;
    for (const argument of call.arguments) {
      if (argument !== what && isSentence(argument)) edits.push({ start: argument.start, end: argument.end, by: '""' });
    }
  };
  simple(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), {
    CallExpression: visit,
    NewExpression: visit,
    Class(/** @type {any} */ node) {
      if (node.id?.name === 'TlsError') edits.push(messageOf(node, 'code'));
      if (node.superClass?.name === 'TlsError') edits.push(messageOf(node, '""'));
    },
  });
  // Of edits one inside another the outer is enough.
  const outer = edits.filter(edit => !edits.some(other => other !== edit && holds(other, edit)));
  let result = code;
  for (const { start, end, by } of outer.sort((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + by + result.slice(end);
  }
  return result;
}

/** The message that the constructor of an error hands on. @param {Node} node @param {string} by */
function messageOf(node, by) {
  /** @type {{ start: number, end: number, by: string } | undefined} */
  let edit;
  simple(/** @type {any} */ (node), {
    CallExpression(/** @type {any} */ call) {
      if (call.callee.type !== 'Super') return;
      const message = call.arguments[by === 'code' ? 0 : 1];
      edit = { start: message.start, end: message.end, by };
    },
  });
  if (edit === undefined) throw new Error('the class of an error hands no message on');
  return edit;
}

/** @param {Node} callee */
function nameOf(callee) {
  return callee.type === 'MemberExpression' ? callee.property.name : callee.name;
}

/** True for literals and templates with a blank in them, what is put together of those, and what describers make. @param {Node} node @returns {boolean} */
function isSentence(node) {
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' && node.value.includes(' ');
    case 'TemplateLiteral':
      return node.quasis.some((/** @type {any} */ each) => each.value.raw.includes(' '));
    case 'BinaryExpression':
      return node.operator === '+' && (isSentence(node.left) || isSentence(node.right));
    case 'CallExpression':
      return describers.has(nameOf(node.callee));
    case 'ConditionalExpression':
      return isSentence(node.consequent) && isSentence(node.alternate);
    default:
      return false;
  }
}

/** @param {{ start: number, end: number }} outer @param {{ start: number, end: number }} inner */
function holds(outer, inner) {
  return outer.start <= inner.start && inner.end <= outer.end;
}
