// Violations planted in a tree of their own are found, and what is allowed is let through.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { blank, check, checkFile, layerOf } from '../../tools/check_layers.mjs';

/** What check() says about a tree of the given files. */
function found(t, files) {
  const root = mkdtempSync(join(tmpdir(), 'parlor-layers-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return check(root).found.map(({ file, line, what }) => `${file}:${line}: ${what}`);
}

const forbidden = [
  ['base that includes stun', 'src/base/a.hpp', '#include "stun/message.hpp"'],
  ['netcode that includes room', 'src/netcode/a.cpp', '#include "room/link.hpp"'],
  ['room that includes crypto', 'src/room/a.cpp', '#include "crypto/hmac.hpp"'],
  ['signaling that includes room', 'src/signaling/a.cpp', '#include <room/link.hpp>'],
  ['a public header that includes base', 'include/parlor/a.hpp', '#include "base/time.hpp"'],
  ['the library that includes the server', 'src/room/a.cpp', '#include "server/config.hpp"'],
  ['netcode that includes the public API', 'src/netcode/a.cpp', '#include "parlor/room.hpp"'],
  ['a game that includes room inside', 'games/cubes/a.cpp', '#include "room/machine.hpp"'],
  ['an example that includes base', 'examples/hello/a.cpp', '#include "base/time.hpp"'],
  ['a header reached past its folder', 'src/stun/a.cpp', '#include "../base/time.hpp"'],
  ['OpenSSL outside crypto', 'src/stun/a.cpp', '#include <openssl/evp.h>'],
  ['Boost in a machine', 'src/signaling/a.cpp', '#include <boost/json.hpp>'],
  ['GoogleTest outside of a test', 'src/base/a.cpp', '#include <gtest/gtest.h>'],
  ['a library that includes what is for tests', 'src/room/a.cpp', '#include "sim/world.hpp"'],
  ['the simulation that includes room, in a test too', 'sim/a_test.cpp', '#include "room/machine.hpp"'],
  ['a clock in the simulation', 'sim/a.cpp', 'auto t = std::chrono::steady_clock::now();'],
  ['a folder that the table does not know', 'src/fancy/a.cpp', 'int x;'],
  ['a clock', 'src/room/a.cpp', 'auto t = std::chrono::steady_clock::now();'],
  ['an aliased clock', 'src/room/a.cpp', 'auto t = Wall::now();'],
  ['time()', 'src/base/a.cpp', 'auto t = time(nullptr);'],
  ['a thread', 'src/stun/a.cpp', 'std::thread t;'],
  ['a mutex header', 'src/stun/a.cpp', '#include <mutex>'],
  ['an atomic', 'src/stun/a.hpp', 'std::atomic<int> n;'],
  ['a socket header', 'src/stun/a.cpp', '#include <sys/socket.h>'],
  ['rand()', 'src/netcode/a.cpp', 'int r = rand();'],
  ['std::random_device', 'src/netcode/a_test.cpp', 'std::random_device seed;'],
  ['a generator of its own', 'src/signaling/a.cpp', 'std::mt19937 generator(1);'],
  ['getenv', 'src/room/a.cpp', 'auto* home = std::getenv("HOME");'],
  ['sleep', 'src/room/a_test.cpp', 'std::this_thread::sleep_for(1s);'],
  ['printing', 'src/room/a.cpp', 'std::cout << 1;'],
  ['printf', 'src/base/a.cpp', '  printf("x");'],
  ['iostream', 'src/base/a.hpp', '#include <iostream>'],
  ['a violation after a block comment', 'src/base/a.cpp', '/* fine\n fine */ int r = rand();'],
  ['a violation after a digit separator', 'src/base/a.cpp', "int n = 1'000; int r = rand(); char c = 'x';"],
];
for (const [name, file, text] of forbidden) {
  test(`reports ${name}`, (t) => {
    const lines = found(t, { [file]: `${text}\n` });
    assert.equal(lines.length >= 1, true, text);
    assert.match(lines[0], new RegExp(`^${file}:\\d+: `));
  });
}

const allowed = [
  ['a folder that includes itself', 'src/stun/a.cpp', '#include "stun/message.hpp"'],
  ['what the table says', 'src/stun/a.cpp', '#include "crypto/hmac.hpp"\n#include "base/time.hpp"'],
  ['OpenSSL in crypto', 'src/crypto/a.cpp', '#include <openssl/evp.h>'],
  ['RapidJSON in signaling', 'src/signaling/a.cpp', '#include <rapidjson/reader.h>'],
  ['clocks in the platform layer', 'src/platform/web/a.cpp', 'auto t = std::chrono::steady_clock::now();'],
  ['sockets in the server', 'server/a.cpp', '#include <sys/socket.h>\nstd::thread t;'],
  ['GoogleTest in a test', 'src/base/a_test.cpp', '#include <gtest/gtest.h>'],
  ['GoogleTest in what tests share', 'src/room/test_world.cpp', '#include <gtest/gtest.h>'],
  ['the simulation in a test', 'src/room/a_test.cpp', '#include "sim/world.hpp"'],
  ['the simulation in what tests share', 'src/room/test_world.hpp', '#include "sim/world.hpp"'],
  ['a game on the renderer and netcode', 'games/cubes/a.cpp', '#include "render/scene.hpp"\n#include "netcode/bits.hpp"\n#include "parlor/room.hpp"'],
  ['words in comments', 'src/base/a.cpp', '// never rand() or steady_clock::now()\n/* std::thread */\nint x;'],
  ['words in strings', 'src/base/a.cpp', 'auto s = "rand() \\" time(0)"; auto r = R"(std::cout " )";'],
  ['names that only look alike', 'src/base/a.cpp', 'poll_time(0); x.time(0); operand(1); snprintf(b, 1, "x"); quantize_rand_(2);'],
  ['printing in a test', 'src/base/a_test.cpp', '#include <iostream>\nint main() { std::cout << 1; }'],
  ['anything in fuzz targets', 'fuzz/a_fuzz.cpp', '#include "stun/message.hpp"\n#include "signaling/lobby.hpp"'],
];
for (const [name, file, text] of allowed) {
  test(`lets pass ${name}`, (t) => assert.deepEqual(found(t, { [file]: `${text}\n` }), []));
}

test('names the line of a violation', (t) => {
  assert.deepEqual(found(t, { 'src/base/a.cpp': '// one\n\n/* three\n four */\nint r = rand();\n' }),
    ['src/base/a.cpp:5: draws from global randomness']);
});

test('lets Beast into two sources, be it through headers', (t) => {
  const beast = '#include <boost/beast.hpp>\n';
  const header = { 'server/stream.hpp': beast, 'server/session.hpp': '#include "stream.hpp"\n' };
  const through = '#include "server/session.hpp"\n';
  assert.deepEqual(found(t, { 'server/a.cpp': beast, 'server/b.cpp': beast }), []);
  assert.equal(found(t, { 'server/a.cpp': beast, 'server/b.cpp': beast, 'server/c.cpp': beast }).length, 1);
  assert.deepEqual(found(t, { ...header, 'server/a.cpp': through, 'server/b.cpp': through }), []);
  assert.match(found(t, { ...header, 'server/a.cpp': through, 'server/b.cpp': through, 'server/c.cpp': beast })[0],
    /Beast is included by 3 sources, at most 2 may: server\/a\.cpp, server\/b\.cpp, server\/c\.cpp/);
});

test('reports a library that links upwards in CMake', (t) => {
  assert.deepEqual(found(t, { 'src/netcode/CMakeLists.txt': 'parlor_library(netcode\n  SOURCES a.cpp\n  LINKS parlor_base parlor_room)\n' }),
    ['src/netcode/CMakeLists.txt:1: src/netcode may not link parlor_room']);
});

test('takes a part of a folder for the folder', (t) => {
  const links = (name) => `parlor_library(${name}\n  SOURCES a.cpp\n  LINKS parlor_base parlor_server_core)\n`;
  assert.deepEqual(found(t, { 'server/CMakeLists.txt': links('server'), 'src/room/CMakeLists.txt': links('room') }),
    ['src/room/CMakeLists.txt:1: src/room may not link parlor_server_core']);
});

test('knows the innermost folder of a file', () => {
  assert.equal(layerOf('games/render/mesh.cpp').prefix, 'render');
  assert.equal(layerOf('games/cubes/world.cpp').prefix, 'cubes');
  assert.equal(layerOf('games/another/world.cpp').prefix, 'games');
  assert.equal(layerOf('src/platform/web/glue.cpp').prefix, 'web');
  assert.equal(layerOf('elsewhere/a.cpp'), undefined);
});

test('blanks keep every line where it was', () => {
  const text = 'a // b\n"c\\"d" \'"\' /* e\nf */ g\n#include "h/i.hpp" // j\nR"x(k\n)" l)x" m';
  const blanked = blank(text);
  assert.equal(blanked.split('\n').length, text.split('\n').length);
  assert.match(blanked, /#include "h\/i\.hpp"/);
  for (const gone of 'bcdefjkl') assert.doesNotMatch(blanked.replace(/#include.*/, ''), new RegExp(gone), gone);
  for (const kept of 'agm') assert.match(blanked, new RegExp(kept), kept);
});

test('exceptions hold for their file only', () => {
  const text = 'std::fprintf(stderr, "x");\n';
  assert.deepEqual(checkFile('/nowhere', 'src/crypto/fatal.cpp', text), []);
  assert.equal(checkFile('/nowhere', 'src/crypto/hash.cpp', text).length, 1);
});

test('the project itself keeps the rules', () => {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const { found: violations, files } = check(root);
  assert.deepEqual(violations, []);
  assert.equal(files > 10, true);
});
