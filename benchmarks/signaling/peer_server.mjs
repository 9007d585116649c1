// PeerServer from the npm package `peer`, as its page says to start it, on a free port. Compared with in ./bench.
//
//   node peer_server.mjs FOLDER_OF_PEER      prints "listening PORT"

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { PeerServer } = createRequire(pathToFileURL(`${process.argv[2]}/package.json`))(process.argv[2]);
PeerServer({ port: 0, host: '127.0.0.1', path: '/', concurrent_limit: 20_000, corsOptions: {} }, (server) => {
  console.log(`listening ${server.address().port}`);
});
