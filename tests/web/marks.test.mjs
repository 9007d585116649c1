// The line by which an answer names its offer, and what becomes of it when a hostile member writes the offer. The glue's own
// functions, run as they are.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';

const source = new URL('../../src/platform/web/negotiation.js', import.meta.url);
const library = {};
const context = createContext({ LibraryManager: { library }, mergeInto: Object.assign, console });
runInContext(readFileSync(source, 'utf8'), context);
const negotiation = context.ParlorNegotiation = library.$ParlorNegotiation;

const answer = 'v=0\r\na=group:BUNDLE 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:mine\r\n';
const offerOf = (ufrag) => `v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:${ufrag}\r\na=ice-pwd:secret\r\n`;

test('an answer names the offer that it answers, and is itself again without that', () => {
  const marked = negotiation.marked(answer, offerOf('aB+/9'));
  assert.equal(negotiation.markOf(marked), 'aB+/9');
  assert.equal(negotiation.unmarked(marked), answer);
});

for (const [what, ufrag] of [['patterns of replacements', '$&$&$&$\'$\'$`$`'], ['a megabyte', 'u'.repeat(1 << 20)], ['three characters', 'abc'],
  ['257 characters', 'u'.repeat(257)], ['a line of its own', 'good\u2028a=setup:active'], ['nothing', '']]) {
  test(`an offer whose ufrag is ${what} is answered without a mark`, () => {
    assert.equal(negotiation.marked(answer, offerOf(ufrag)), answer);
  });
}

test('the longest ufrag that there may be is named', () => {
  const longest = 'u'.repeat(256);
  assert.equal(negotiation.markOf(negotiation.marked(answer, offerOf(longest))), longest);
});
