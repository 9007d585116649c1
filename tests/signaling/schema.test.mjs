// docs/signaling.schema.json against the examples of docs/signaling.md and against messages.txt, with somebody else's
// validator. src/signaling/docs_test.cpp holds the code against the same texts: so schema, page and code agree.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import Ajv2020 from 'ajv/dist/2020.js';

const here = dirname(fileURLToPath(import.meta.url));
const docs = join(here, '..', '..', 'docs');
const schema = JSON.parse(readFileSync(join(docs, 'signaling.schema.json'), 'utf8'));
const ajv = new (Ajv2020.default ?? Ajv2020)({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
ajv.addSchema(schema);
const validators = {
  client: ajv.getSchema(`${schema.$id}#/$defs/client_message`),
  server: ajv.getSchema(`${schema.$id}#/$defs/server_message`),
};

/** The messages of the page's fences "```json client" and "```json server", one to a line. */
function examples() {
  const page = readFileSync(join(docs, 'signaling.md'), 'utf8');
  const found = [];
  for (const [, sender, body] of page.matchAll(/^```json (client|server)\n([^]*?)^```$/gm)) {
    for (const line of body.trimEnd().split('\n')) found.push({ sender, line });
  }
  return found;
}

test('every example of the page is valid', () => {
  assert.ok(examples().length >= 30, 'the page has its examples');
  for (const { sender, line } of examples()) {
    const validate = validators[sender];
    assert.ok(validate(JSON.parse(line)), `${line}\n${ajv.errorsText(validate.errors)}`);
  }
});

test('every message type has an example', () => {
  for (const sender of ['client', 'server']) {
    const shown = new Set(examples().filter((one) => one.sender === sender).map(({ line }) => JSON.parse(line).type));
    const known = schema.$defs[`${sender}_message`].oneOf.map(({ $ref }) => $ref.replace(`#/$defs/${sender}_`, ''));
    assert.deepEqual([...shown].sort(), [...known].sort());
  }
});

test('good messages are valid and bad ones are not', () => {
  const lines = readFileSync(join(here, 'messages.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.ok(lines.length > 100);
  for (const line of lines) {
    const [, sender, good, text] = /^(client|server) (yes|no) (.+)$/.exec(line);
    assert.equal(validators[sender](JSON.parse(text)), good === 'yes', line);
  }
});

test('the page lists every error code of the schema', () => {
  const page = readFileSync(join(docs, 'signaling.md'), 'utf8');
  const codes = /began with: (.+)\.$/.exec(schema.$defs.server_error.properties.code.description)[1].split(', ');
  const listed = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{4}) \|/gm)].map(([, code]) => code);
  assert.deepEqual(listed, codes);
});
