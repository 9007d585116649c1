#!/usr/bin/env node
// tools/check_layers.mjs [ROOT]: holds the sources to the layers of ARCHITECTURE.md and to the sans-IO rule. Prints one line per
// violation, "file:line: what", and ends with 1 when there is one. The two tables below are the rule.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Which folder may include which others; a folder may always include itself, and nothing may include what stands below it
 * here. `prefix` is how its headers are reached: "base/bytes.hpp". `also` are the libraries from outside that it may use
 * (see kOutside). `forTests` may be included by the unit tests of every folder. A folder of src/ that is not named here is a
 * violation.
 */
export const kLayers = [
  { folder: 'include/parlor', prefix: 'parlor', may: [] },
  { folder: 'src/base', prefix: 'base', may: [] },
  { folder: 'sim', prefix: 'sim', may: ['base'], forTests: true },
  { folder: 'src/crypto', prefix: 'crypto', may: ['base'], also: ['openssl'] },
  { folder: 'src/stun', prefix: 'stun', may: ['crypto', 'base'] },
  { folder: 'src/ice', prefix: 'ice', may: ['stun', 'crypto', 'base'] },
  { folder: 'src/turn', prefix: 'turn', may: ['stun', 'crypto', 'base'] },
  { folder: 'src/dtls', prefix: 'dtls', may: ['crypto', 'base'], also: ['openssl'] },
  { folder: 'src/sctp', prefix: 'sctp', may: ['base'] },
  { folder: 'src/datachannel', prefix: 'datachannel', may: ['sctp', 'base'] },
  { folder: 'src/sdp', prefix: 'sdp', may: ['base'] },
  { folder: 'src/rtc', prefix: 'rtc', may: ['ice', 'turn', 'stun', 'dtls', 'sctp', 'datachannel', 'sdp', 'crypto', 'base'] },
  { folder: 'src/relay', prefix: 'relay', may: ['base', 'parlor'] },
  { folder: 'src/signaling', prefix: 'signaling', may: ['base', 'parlor'], also: ['rapidjson'] },
  { folder: 'src/room', prefix: 'room', may: ['signaling', 'relay', 'base', 'parlor'] },
  { folder: 'src/netcode', prefix: 'netcode', may: ['base'] },
  {
    folder: 'src/platform/native', prefix: 'native', io: true, also: ['openssl'],
    may: ['rtc', 'dtls', 'datachannel', 'room', 'signaling', 'stun', 'crypto', 'base', 'parlor'],
  },
  { folder: 'src/platform/web', prefix: 'web', io: true, may: ['room', 'signaling', 'base', 'parlor'], also: ['emscripten'] },
  { folder: 'server/http', prefix: 'http', may: ['base'] },
  { folder: 'server/config', prefix: 'config', may: ['http', 'base'], also: ['toml', 'cli11'] },
  {
    folder: 'server', prefix: 'server', io: true, also: ['openssl', 'boost', 'rapidjson', 'spdlog', 'prometheus', 'toml', 'cli11'],
    may: ['config', 'http', 'turn', 'stun', 'crypto', 'signaling', 'relay', 'base', 'parlor'],
  },
  {
    folder: 'cli', prefix: 'cli', io: true, also: ['cli11', 'spdlog', 'toml'],
    may: ['server', 'config', 'http', 'cubes', 'native', 'netcode', 'room', 'signaling', 'stun', 'crypto', 'base', 'parlor'],
  },
  { folder: 'games/render', prefix: 'render', io: true, may: ['base'], also: ['gl', 'emscripten'] },
  { folder: 'games/cubes', prefix: 'cubes', io: true, may: ['render', 'netcode', 'base', 'parlor'], also: ['gl', 'emscripten'] },
  { folder: 'games', prefix: 'games', io: true, may: ['render', 'cubes', 'netcode', 'base', 'parlor'], also: ['gl', 'emscripten'] },
  { folder: 'examples/embedding', prefix: 'embedding', io: true, may: ['rtc', 'datachannel', 'sctp', 'dtls', 'ice', 'crypto', 'base'] },
  { folder: 'examples', prefix: 'examples', io: true, may: ['parlor', 'render'], also: ['gl', 'emscripten'] },
  { folder: 'fuzz', prefix: 'fuzz', io: true, may: '*', also: '*' },
  { folder: 'benchmarks', prefix: 'benchmarks', io: true, may: '*', also: '*' },
  { folder: 'tests', prefix: 'tests', io: true, may: '*', also: '*' },
];

/** Headers from outside the standard library, by the name that the table above uses. */
export const kOutside = [
  { name: 'openssl', headers: /^openssl\// },
  { name: 'boost', headers: /^boost\// },
  { name: 'rapidjson', headers: /^rapidjson\// },
  { name: 'spdlog', headers: /^(spdlog|fmt)\// },
  { name: 'prometheus', headers: /^prometheus\// },
  { name: 'toml', headers: /^toml\+\+\// },
  { name: 'cli11', headers: /^CLI\// },
  { name: 'emscripten', headers: /^emscripten(\/|\.h$)/ },
  { name: 'gl', headers: /^(GLES[23]|EGL|GL)\// },
  { name: 'gtest', headers: /^(gtest|gmock)\// },
  { name: 'benchmark', headers: /^benchmark\// },
];

/** What code under src/ may not do unless its folder has `io`: time, randomness, sockets and threads come in from outside. */
export const kSansIo = [
  { what: 'reads a clock', pattern: /(?:\b\w*_clock\s*::|::\s*now\s*\()/ },
  { what: 'reads the time', pattern: /(?<![\w.>])(?:std\s*::\s*)?(?:time\s*\(\s*(?:nullptr|NULL|0|&)|gettimeofday\s*\(|clock_gettime\s*\(|clock\s*\(\s*\))/ },
  { what: 'sleeps', pattern: /\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>])sleep\s*\(/ },
  { what: 'draws from global randomness', pattern: /(?<![\w.>])s?rand\s*\(|\b(?:random_device|mt19937(?:_64)?|default_random_engine|getrandom|arc4random\w*)\b/ },
  { what: 'reads the environment', pattern: /\bgetenv\b/ },
  { what: 'uses threads', pattern: /\bstd\s*::\s*(?:j?thread|(?:recursive_|shared_|timed_)*mutex|condition_variable\w*|async|future|promise|atomic\w*|this_thread)\b|\bthread_local\b/ },
  {
    what: 'includes what only the platform layer may',
    include: /^(?:thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|latch|barrier|stop_token|random|ctime|time\.h|unistd\.h|poll\.h|netdb\.h|fcntl\.h|pthread\.h|signal\.h|csignal|sys\/.*|netinet\/.*|arpa\/.*|net\/.*|linux\/.*)$/,
  },
];

/** What code under src/ may not do unless its folder has `io`, its unit tests apart: a library does not write to the screen. */
export const kPrinting = [
  { what: 'prints', pattern: /\b(?:std\s*::\s*)?(?:cout|cerr|clog)\b|(?<![\w.>])(?:std\s*::\s*)?(?:f?printf|puts|fputs|putchar|perror)\s*\(/ },
  { what: 'includes what only the platform layer may', include: /^(?:iostream|fstream|filesystem)$/ },
];

/** Where a rule does not hold, and why. */
export const kExceptions = [
  { file: 'src/crypto/system_random.cpp', what: 'draws from global randomness', why: 'is the source that others inject' },
  { file: 'src/crypto/fatal.cpp', what: 'prints', why: 'the last words before abort()' },
  { file: 'sim/for_seeds.hpp', what: 'reads the environment', why: 'which seeds a test runs is said from outside' },
  { file: 'sim/for_seeds.hpp', what: '<gtest/gtest.h> outside of a unit test', why: 'is for unit tests only' },
];

const kMostBeastSources = 2; // each takes half a minute to compile

/** Source text with comments and the insides of string and character literals blanked, line numbers kept. Includes keep theirs. */
export function blank(text) {
  const pattern = /(^[ \t]*#[ \t]*include[^\n]*)|\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^\s()\\]{0,16})\([\s\S]*?\)\2"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])*'/gm;
  return text.replace(pattern, (match, include) => (include !== undefined ? include.replace(/\/[/*].*$/, '') : match.replace(/[^\n]/g, ' ')));
}

/** The layer that a file (relative, with '/') belongs to: the longest folder of the table that holds it. */
export function layerOf(file, layers = kLayers) {
  const holding = layers.filter((layer) => file.startsWith(`${layer.folder}/`));
  return holding.sort((a, b) => b.folder.length - a.folder.length)[0];
}

function mayInclude(layer, other) {
  return layer === other || layer.may === '*' || layer.may.includes(other.prefix) || other.folder.startsWith(`${layer.folder}/`);
}

function checkInclude(root, file, layer, target, isTest) {
  const prefix = target.split('/')[0];
  const other = kLayers.find((one) => one.prefix === prefix && target.includes('/')) ??
    (target.includes('/') ? kLayers.find((one) => one.folder === `games/${prefix}`) : undefined);
  if (other && !mayInclude(layer, other) && !(isTest && other.forTests)) return `${layer.folder} may not include ${other.folder}: "${target}"`;
  if (other) return undefined;
  if (layer.folder === 'games' || layer.may === '*') return undefined;
  const beside = join(dirname(join(root, file)), target);
  if (!target.includes('/') && existsSync(beside)) return undefined;
  return `"${target}" is no header of a known folder; reach it as "${layer.prefix}/…"`;
}

function checkOutside(layer, target, isTest) {
  const outside = kOutside.find((one) => one.headers.test(target));
  if (!outside || layer.also === '*') return undefined;
  if (outside.name === 'gtest') return isTest ? undefined : `<${target}> outside of a unit test`;
  if ((layer.also ?? []).includes(outside.name)) return undefined;
  return `${layer.folder} may not use ${outside.name}: <${target}>`;
}

function isExcepted(file, what) {
  return kExceptions.some((one) => one.file === file && one.what === what);
}

/** The violations of one file, as {file, line, what}. */
export function checkFile(root, file, text) {
  const found = [];
  const layer = layerOf(file);
  if (!layer) return [{ file, line: 1, what: `is in a folder that tools/check_layers.mjs does not know` }];
  const isTest = /(?:_test|\/test_\w+)\.[ch]pp$/.test(file); // the tests themselves and what they share
  const rules = layer.io ? [] : isTest ? kSansIo : [...kSansIo, ...kPrinting];
  for (const [index, line] of blank(text).split('\n').entries()) {
    const report = (what) => {
      if (what && !isExcepted(file, what)) found.push({ file, line: index + 1, what });
    };
    const include = /^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)/.exec(line);
    if (include) {
      const ours = include[1] ?? (kLayers.some((one) => include[2].startsWith(`${one.prefix}/`)) ? include[2] : undefined);
      if (ours) report(checkInclude(root, file, layer, ours, isTest));
      else report(checkOutside(layer, include[2], isTest));
    }
    for (const rule of rules) {
      if (include ? include[2] && rule.include?.test(include[2]) : rule.pattern?.test(line)) report(rule.what);
    }
  }
  return found;
}

/** The project's file that an include names, where it is one of ours. */
function resolveInclude(file, target) {
  const layer = kLayers.find((one) => target.startsWith(`${one.prefix}/`));
  if (layer) return layer.folder === 'include/parlor' ? `include/${target}` : `${layer.folder}${target.slice(layer.prefix.length)}`;
  return `${dirname(file)}/${target}`;
}

/** The files that include Beast, themselves or through headers of ours. */
function beastUsers(sources) {
  const includes = new Map(sources.map(({ file, text }) =>
    [file, [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]/gm)].map((match) => match[1])]));
  const reached = new Set([...includes].filter(([, targets]) => targets.some((target) => target.startsWith('boost/beast'))).map(([file]) => file));
  for (let before = -1; before !== reached.size;) {
    before = reached.size;
    for (const [file, targets] of includes) {
      if (targets.some((target) => reached.has(resolveInclude(file, target)))) reached.add(file);
    }
  }
  return [...reached];
}

function checkBeast(sources) {
  const cpps = beastUsers(sources.filter(({ file }) => layerOf(file)?.may !== '*')).filter((file) => file.endsWith('.cpp')).sort();
  if (cpps.length <= kMostBeastSources) return [];
  return [{ file: cpps.at(-1), line: 1, what: `Beast is included by ${cpps.length} sources, at most ${kMostBeastSources} may: ${cpps.join(', ')}` }];
}

/** The layer that parlor_<name> belongs to: a folder's one library, or a part of it, parlor_<folder>_<part>. */
function layerOfLibrary(name) {
  const prefix = name === 'api' ? 'parlor' : name;
  return kLayers.find((one) => one.prefix === prefix) ?? kLayers.find((one) => prefix.startsWith(`${one.prefix}_`));
}

/** What a folder's CMakeLists.txt links its library to, held against the same table. */
export function checkLinks(file, text) {
  const layer = layerOf(file);
  if (!layer || layer.may === '*') return [];
  const found = [];
  for (const call of text.replace(/#[^\n]*/g, '').matchAll(/\bparlor_library\s*\(([^)]*)\)/g)) {
    for (const [, name] of call[1].matchAll(/\bparlor_(\w+)/g)) {
      if (name === 'options') continue;
      const other = layerOfLibrary(name);
      if (other && !mayInclude(layer, other)) found.push({ file, line: 1, what: `${layer.folder} may not link parlor_${name}` });
    }
  }
  return found;
}

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== 'corpus') yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

/** All violations below `root`, and how many files were read. */
export function check(root) {
  const found = [];
  const sources = [];
  const tops = ['include', 'src', ...new Set(kLayers.map((layer) => layer.folder.split('/')[0]))];
  for (const top of new Set(tops)) {
    if (!existsSync(join(root, top))) continue;
    for (const path of walk(join(root, top))) {
      const file = relative(root, path).split(sep).join('/');
      if (/\.(cpp|hpp|h|cc)$/.test(file)) {
        const text = readFileSync(path, 'utf8');
        sources.push({ file, text });
        found.push(...checkFile(root, file, text));
      } else if (file.endsWith('/CMakeLists.txt')) {
        found.push(...checkLinks(file, readFileSync(path, 'utf8')));
      }
    }
  }
  found.push(...checkBeast(sources));
  return { found, files: sources.length };
}

function main(args) {
  const root = args[0] ?? join(dirname(fileURLToPath(import.meta.url)), '..');
  const { found, files } = check(root);
  for (const { file, line, what } of found) console.log(`${file}:${line}: ${what}`);
  if (files === 0) {
    console.log(`no sources below ${root}`);
    return 1;
  }
  console.log(`${files} files, ${found.length} violations`);
  return found.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(main(process.argv.slice(2)));
