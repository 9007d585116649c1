// One end of a connection over any stack that has the W3C's RTCPeerConnection: told what to do, telling what happened. The function
// is complete in itself, so that it can be sent into a page as text. Messages are made of a size and a seed and named by a digest,
// as in peer.cpp.

export function w3cEnd(RTCPeerConnection, emit, { config = { iceServers: [] }, quirks = {} } = {}) {
  const pc = new RTCPeerConnection(config);
  const channels = new Map();
  let echo = false;

  function messageOf(size, seed) {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; ++i) bytes[i] = 97 + ((seed + i * 7) % 26);
    return bytes;
  }
  function digestOf(bytes) {
    let hash = 2166136261;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
    return hash;
  }
  function bytesOf(data) {
    if (typeof data === 'string') return new TextEncoder().encode(data);
    if (data instanceof ArrayBuffer) return new Uint8Array(data);
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  function limitOf(channel) {
    // Older ones say 65535 where there is no limit.
    const [retransmits, lifetime] = [channel.maxRetransmits, channel.maxPacketLifeTime].map((value) => (value === 65535 ? null : value ?? null));
    return retransmits !== null ? `retransmits=${retransmits}` : lifetime !== null ? `lifetime=${lifetime}` : 'reliable';
  }
  function watch(channel, byPeer) {
    channels.set(channel.label, channel);
    channel.binaryType = 'arraybuffer';
    let told = false;
    const open = () => {
      if (told) return;
      told = true;
      emit({
        what: 'opened', label: channel.label, protocol: channel.protocol, ordered: channel.ordered, limit: limitOf(channel), id: channel.id, byPeer,
      });
    };
    channel.onopen = open;
    channel.onclose = () => emit({ what: 'closed', label: channel.label });
    channel.onmessage = ({ data }) => {
      const bytes = bytesOf(data);
      emit({ what: 'message', label: channel.label, kind: typeof data === 'string' ? 'text' : 'binary', size: bytes.length, digest: digestOf(bytes) });
      if (echo) channel.send(data);
    };
    if (channel.readyState === 'open') open();
  }

  pc.onicecandidate = ({ candidate }) => {
    if (candidate?.candidate) emit({ what: 'candidate', candidate: candidate.candidate, ufrag: candidate.usernameFragment ?? '', mid: candidate.sdpMid ?? '0' });
  };
  pc.onconnectionstatechange = () => emit({ what: 'state', state: pc.connectionState });
  pc.ondatachannel = ({ channel }) => watch(channel, true);

  async function describe(make) {
    const made = await make;
    await pc.setLocalDescription(made);
    const { type, sdp } = quirks.ownDescription ? made : pc.localDescription;
    emit({ what: 'description', type, sdp });
  }
  const commands = {
    offer: () => describe(pc.createOffer()),
    async restart() {
      if (pc.restartIce) pc.restartIce();
      await describe(pc.createOffer({ iceRestart: true }));
    },
    async description({ type, sdp }) {
      await pc.setRemoteDescription({ type, sdp });
      if (type === 'offer') await describe(pc.createAnswer());
    },
    async candidate({ candidate, ufrag, mid }) {
      await pc.addIceCandidate({ candidate, sdpMid: mid, sdpMLineIndex: 0, ...(ufrag && !quirks.noUfrag ? { usernameFragment: ufrag } : {}) });
    },
    open({ label, protocol = '', ordered = true, limit = 'reliable', id }) {
      const init = { protocol, ordered };
      const [name, value] = limit.split('=');
      if (name === 'retransmits') init.maxRetransmits = Number(value);
      if (name === 'lifetime') init.maxPacketLifeTime = Number(value);
      if (id !== undefined) Object.assign(init, { negotiated: true, id });
      watch(pc.createDataChannel(label, init), false);
    },
    send({ label, kind, size, seed }) {
      const bytes = messageOf(size, seed);
      channels.get(label).send(kind === 'text' ? new TextDecoder().decode(bytes) : bytes);
      return digestOf(bytes);
    },
    echo: ({ on }) => { echo = on; },
    closeChannel: ({ label }) => channels.get(label).close(),
    close: () => pc.close(),
    maxMessageSize: () => pc.sctp?.maxMessageSize,
  };
  return async (name, options) => commands[name](options ?? {});
}
