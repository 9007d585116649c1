// node stack_process.mjs NAME: a connection of another WebRTC stack in a process of its own, driven by messages of its parent
// (fork). Native modules may crash or keep a process alive; here that is nobody else's matter.

import { createRequire } from 'node:module';
import { w3cEnd } from './w3c_end.mjs';

const require = createRequire(import.meta.url);

const kStacks = {
  libdatachannel: async () => ({ RTCPeerConnection: (await import('node-datachannel/polyfill')).RTCPeerConnection }),
  libwebrtc: async () => ({ RTCPeerConnection: require('@roamhq/wrtc').RTCPeerConnection }),
  werift: async () => ({ RTCPeerConnection: require('werift').RTCPeerConnection }),
};

const { RTCPeerConnection } = await kStacks[process.argv[2]]();
const options = JSON.parse(process.argv[3] ?? '{}');
const command = w3cEnd(RTCPeerConnection, (event) => process.send?.({ event }), options);
process.on('message', async ({ number, name, options: arguments_ }) => {
  try {
    process.send({ number, result: await command(name, arguments_) });
  } catch (error) {
    process.send({ number, error: String(error?.message ?? error) });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
