// The way that datagrams take between pages, in the test's hand: whole or cut.
//
// Every socket of a page is shown to the others under an address of the wire's, and so are theirs to it: what comes in at one goes out
// of another. Pages are told only of those addresses (throughWire), so that WebRTC has no other way between them.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

class Wire {
  constructor() {
    this.cut = false;
    this.carried = 0;
    this.ends = new Map(); // a page's port: a promise of the socket that others see in its place
  }

  /// Where others reach what is at this port.
  end(port) {
    if (!this.ends.has(port)) this.ends.set(port, this.begin(port));
    return this.ends.get(port);
  }

  async begin(port) {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', async (bytes, from) => {
      if (this.cut) return;
      ++this.carried;
      (await this.end(from.port)).send(bytes, port, '127.0.0.1', () => {});
    });
    return socket;
  }

  /// A candidate (RFC 8839, section 5.1) as the others are to know it; nothing for one that would be another way.
  async shown(candidate) {
    const parts = candidate.split(' ');
    if (parts[7] !== 'srflx' || parts[4] !== '127.0.0.1') return '';
    parts[5] = (await this.end(Number(parts[5]))).address().port;
    return parts.join(' ');
  }

  async close() {
    for (const socket of this.ends.values()) (await socket).close();
  }
}

export async function startWire() {
  return new Wire();
}

/// Lets a page's connections know each other's candidates as the wire shows them. Before the page is loaded.
export async function throughWire(page, wire) {
  await page.exposeFunction('shownByWire', (candidate) => wire.shown(candidate));
  await page.addInitScript(() => {
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      async setRemoteDescription({ type, sdp }) {
        const lines = await Promise.all(sdp.split('\r\n').map(async (line) => {
          if (!line.startsWith('a=candidate:')) return [line];
          const shown = await globalThis.shownByWire(line.slice(2));
          return shown ? [`a=${shown}`] : [];
        }));
        return super.setRemoteDescription({ type, sdp: lines.flat().join('\r\n') });
      }
      async addIceCandidate(candidate) {
        if (!candidate) return super.addIceCandidate(candidate);
        const shown = await globalThis.shownByWire(candidate.candidate);
        return shown ? super.addIceCandidate({ ...candidate, candidate: shown }) : undefined;
      }
    };
  });
}
