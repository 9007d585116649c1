// Static pages and the other answers over plain HTTP, as browsers and as strangers ask for them.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { openSocket, request } from '../lib/raw.mjs';
import { startServer } from '../lib/server.mjs';

let folder;
let outside;
let server;

before(async () => {
  outside = mkdtempSync(join(tmpdir(), 'parlor-outside-'));
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  folder = mkdtempSync(join(tmpdir(), 'parlor-pages-'));
  const put = (name, content) => writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, 'games', 'no-index'), { recursive: true });
  mkdirSync(join(folder, '.git'));
  put('index.html', '<!doctype html><title>Parlor</title>');
  put('games/index.html', '<!doctype html><title>Games</title>');
  put('.git/config', 'secret');
  put('.env', 'secret');
  put('main.mjs', 'export {};\n'.repeat(100));
  put('main.mjs.br', brotliCompressSync('export {};\n'.repeat(100)));
  put('main.mjs.gz', gzipSync('export {};\n'.repeat(100)));
  put('core.wasm', Buffer.from([0, 0x61, 0x73, 0x6d]));
  put('core.0123456789abcdef.wasm', Buffer.from([0, 0x61, 0x73, 0x6d]));
  put('é x.txt', 'accent');
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'));
  symlinkSync(outside, join(folder, 'linked'));
  symlinkSync('main.mjs', join(folder, 'inside.mjs'));
  server = await startServer({ pages: folder, args: ['--workers', '2'] });
});
after(async () => {
  await server?.stop();
  for (const path of [folder, outside]) rmSync(path, { recursive: true, force: true });
});

const get = (target, headers = {}) => {
  const all = { Host: server.host, Connection: 'close', ...headers };
  return request(server, `GET ${target} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
};

for (const [target, type] of [['/', 'text/html; charset=utf-8'], ['/games/', 'text/html; charset=utf-8'], ['/main.mjs', 'text/javascript; charset=utf-8'],
  ['/core.wasm', 'application/wasm'], ['/%C3%A9%20x.txt', 'text/plain; charset=utf-8'], ['/inside.mjs', 'text/javascript; charset=utf-8']]) {
  test(`${target} is ${type}`, async () => {
    const { status, headers } = await get(target);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], type);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  });
}

test('pages carry the headers that wasm and safety want', async () => {
  const { headers } = await get('/');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.match(headers['content-security-policy'], /script-src 'self' 'wasm-unsafe-eval';/);
  assert.ok(headers['content-security-policy'].includes(` ws://${server.host} `), headers['content-security-policy']);
  assert.ok(headers['referrer-policy']);
  assert.equal(headers.server, undefined);
});

test('a folder is redirected to its slash, with its query, below wherever it is shown', async () => {
  const { status, headers } = await get('/games?room=kamo-ridun');
  assert.equal(status, 301);
  assert.equal(new URL(headers.location, 'http://a/prefix/games').href, 'http://a/prefix/games/?room=kamo-ridun');
});

for (const target of ['/../secret.txt', '/%2e%2e/secret.txt', '/games/../../secret.txt', '/..%2fsecret.txt', '/..%5csecret.txt', '/games/%2e%2e/%2e%2e/etc/passwd',
  '//etc/passwd', '/.git/config', '/.env', '/link.txt', '/linked/secret.txt', '/linked', '/main.mjs%00', '/main.mjs/', '/games/no-index/', '/games/no-index', '/nothing',
  '/%', '/%ff', '/games/%0d%0aSet-Cookie:x']) {
  test(`${target} is not found`, async () => {
    const { status, body } = await get(target);
    assert.equal(status, 404);
    assert.ok(!body.includes('secret'));
  });
}

test('a page that did not change is not sent again', async () => {
  const first = await get('/main.mjs');
  assert.match(first.headers.etag, /^"[0-9a-f]{32}"$/);
  const again = await get('/main.mjs', { 'If-None-Match': `"x", W/${first.headers.etag}` });
  assert.equal(again.status, 304);
  assert.equal(again.body, '');
  assert.equal(again.headers.etag, first.headers.etag);
  assert.equal((await get('/main.mjs', { 'If-None-Match': '"x"' })).status, 200);
});

test('names with a hash are kept for good, others asked for again', async () => {
  assert.match((await get('/core.0123456789abcdef.wasm')).headers['cache-control'], /immutable/);
  assert.equal((await get('/core.wasm')).headers['cache-control'], 'no-cache');
});

test('what was compressed beforehand is sent to who takes it, each with a tag of its own', async () => {
  const tags = new Set();
  for (const [accept, encoding] of [['gzip, deflate, br', 'br'], ['gzip', 'gzip'], ['br;q=0.1, gzip;q=0.9', 'gzip'], ['', undefined], ['br;q=0', undefined]]) {
    const { headers } = await get('/main.mjs', { 'Accept-Encoding': accept });
    assert.equal(headers['content-encoding'], encoding, accept);
    assert.equal(headers.vary, 'Accept-Encoding');
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
    tags.add(`${encoding} ${headers.etag}`);
  }
  assert.equal(tags.size, 3);
  const text = await (await fetch(new URL('main.mjs', server.url))).text();
  assert.equal(text, 'export {};\n'.repeat(100));
});

test('a rebuilt page shows at once, and not its old compressed form', async () => {
  const path = join(folder, 'built.js');
  writeFileSync(path, 'old');
  writeFileSync(`${path}.br`, brotliCompressSync('old'));
  const old = new Date(Date.now() - 60_000);
  for (const file of [path, `${path}.br`]) utimesSync(file, old, old);
  assert.equal((await get('/built.js', { 'Accept-Encoding': 'br' })).headers['content-encoding'], 'br');
  const { headers } = await get('/built.js');
  writeFileSync(path, 'new');
  const { status, body, headers: now } = await get('/built.js', { 'Accept-Encoding': 'br', 'If-None-Match': headers.etag });
  assert.deepEqual([status, body, now['content-encoding']], [200, 'new', undefined]);
  unlinkSync(path);
  assert.equal((await get('/built.js')).status, 404);
});

test('HEAD tells what GET would send', async () => {
  const raw = await openSocket(server);
  raw.write(`HEAD /core.wasm HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`);
  const text = await raw.until('head', () => {
    const at = raw.received.indexOf('\r\n\r\n');
    return at < 0 ? undefined : raw.received.toString('latin1');
  });
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /Content-Length: 4\r\n/);
  assert.ok(text.endsWith('\r\n\r\n'));
  raw.write(`GET /healthz HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`);
  raw.received = Buffer.alloc(0);
  assert.equal((await raw.response()).body, 'ok\n');
  raw.close();
});

for (const method of ['POST', 'PUT', 'DELETE', 'BREW']) {
  test(`${method} is answered with what is allowed`, async () => {
    const { status, headers } = await request(server, `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx`);
    assert.equal(status, 405);
    assert.equal(headers.allow, 'GET, HEAD, OPTIONS');
  });
}

test('requests that come all at once are answered in order on one connection', async () => {
  const raw = await openSocket(server);
  raw.write(Array.from({ length: 50 }, (_, i) => `GET ${i % 2 ? '/healthz' : '/nothing'} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
  for (let i = 0; i < 50; ++i) assert.equal((await raw.response()).status, i % 2 ? 200 : 404);
  raw.write('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  assert.equal((await raw.response()).headers.connection, 'close');
  await raw.ended();
});

for (const [what, text, status] of [
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['another version', 'GET / HTTP/9.9\r\n\r\n', 400],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHost a\r\n\r\n', 400],
  ['a target that is none', 'GET nothing HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a header that is too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(9000)}\r\n\r\n`, 431],
  ['a header that never ends', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(4000)}`, 431],
  ['a body', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody', 413],
  ['a body in chunks', 'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n', 413],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['a Host that is none', "GET / HTTP/1.1\r\nHost: evil'; script-src *\r\n\r\n", 400],
  ['a Host that is none, in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a"b\r\n\r\n', 400],
  ['two lengths', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody', 400],
]) {
  test(`${what} is answered with ${status} and closed`, async () => {
    const raw = await openSocket(server);
    raw.write(text);
    const response = await raw.response();
    assert.equal(response.status, status);
    if (status !== 400 || !text.startsWith('GET nothing')) {
      assert.equal(response.headers.connection, 'close');
      await raw.ended();
    }
    raw.close();
  });
}

test('/v1/ice names the STUN server by the name that the client used', async () => {
  const port = server.stun.split(':').at(-1);
  for (const [host, name] of [['playground', 'playground'], ['PLAYground:8080', 'playground'], ['[::1]:80', '[::1]'], ['127.0.0.1', '127.0.0.1']]) {
    const { status, headers, body } = await get('/v1/ice', { Host: host });
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual(JSON.parse(body), { ice_servers: [{ urls: [`stun:${name}:${port}`] }] });
  }
});

test('a client without a name for the server is served, but told of no STUN server', async () => {
  for (const text of ['GET /v1/ice HTTP/1.0\r\n\r\n', 'GET /v1/ice HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n']) {
    const { status, body } = await request(server, text);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(body), { ice_servers: [] });
  }
});

test('a domain whose name was made to point to this machine is not served', async () => {
  for (const path of ['/', '/v1', '/v1/ice', '/metrics']) {
    const { status, body } = await get(path, { Host: 'evil.example:8080' });
    assert.equal(status, 403, path);
    assert.match(body, /--origin/);
  }
  const named = await startServer({ pages: folder, args: ['--origin', 'https://play.example.com'] });
  let log;
  try {
    const from = (host) => request(named, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.equal((await from('play.example.com')).status, 200);
    assert.equal((await from('evil.example')).status, 403);
  } finally {
    ({ log } = await named.stop());
  }
  assert.match(log, /event=host_refused host=evil.example from=127.0.0.1/);
});

test('a connection may ask for more in its time than a flood at once', async () => {
  const raw = await openSocket(server);
  const one = `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(7000)}\r\n\r\n`;
  // 5 MiB, above the burst of 4 MiB; as fast as the rest of the allowance lets it.
  const total = Math.ceil(5 * 1024 * 1024 / one.length);
  const began = Date.now();
  for (let sent = 0; sent < total; ++sent) {
    raw.write(one);
    assert.equal((await raw.response()).status, 200, `${sent} of ${total}`);
    const due = began + Math.max(0, sent * one.length / (512 * 1024) - 6) * 1000;
    if (Date.now() < due) await new Promise((resolve) => { setTimeout(resolve, due - Date.now()); });
  }
  raw.close();
});

test('/v1/ice may be read by pages that may connect, and by no others', async () => {
  const origin = `http://${server.host}`;
  const { headers } = await get('/v1/ice', { Origin: origin });
  assert.equal(headers['access-control-allow-origin'], origin);
  assert.equal(headers.vary, 'Origin');
  assert.equal((await get('/v1/ice', { Origin: 'https://evil.example' })).status, 403);
});

test('the signaling endpoint says that it wants a WebSocket', async () => {
  const { status, headers } = await get('/v1');
  assert.equal(status, 426);
  assert.equal(headers.upgrade, 'websocket');
});
