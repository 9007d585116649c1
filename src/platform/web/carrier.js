// Carriers: one RTCPeerConnection to one peer, with a data channel for each of the room's, and what it measures. A part of glue.js;
// how a carrier and the other end agree is in negotiation.js.

mergeInto(LibraryManager.library, {
  $ParlorCarrier__deps: ['$ParlorWeb', '$ParlorNegotiation'],
  $ParlorCarrier: {
    // As in exports.cpp.
    CONNECTED: 0,
    DISCONNECTED: 1,
    FAILED: 2,
    CLOSED: 3,

    find: function (roomId, id) {
      var room = ParlorWeb.room(roomId);
      return room && room.carriers[id];
    },

    tellState: function (carrier, state, error) {
      if (carrier.gone) return;
      var text = error ? String(error.message || error) : '';
      var lengths = ParlorWeb.deliver([text]);
      _parlor_web_carrier_state(carrier.room.id, carrier.id, state, lengths[0]);
    },

    // The pair in use. The transport names it; Firefox marks it by `selected`, where others that were used before are nominated, too.
    pairInUse: function (report) {
      var named = null;
      var selected = null;
      var nominated = null;
      report.forEach(function (entry) {
        if (entry.type === 'transport' && entry.selectedCandidatePairId) named = report.get(entry.selectedCandidatePairId);
        if (entry.type !== 'candidate-pair') return;
        if (entry.selected) selected = entry;
        if (entry.nominated && entry.state === 'succeeded') nominated = entry;
      });
      return named || selected || nominated;
    },

    // Of all pairs together, since another may come into use: the transport's sum or, where there is none as in Firefox, our own.
    bytesOf: function (report) {
      var transport = null;
      var sum = { bytesSent: 0, bytesReceived: 0 };
      report.forEach(function (entry) {
        if (entry.type === 'transport' && entry.bytesSent !== undefined) transport = entry;
        if (entry.type !== 'candidate-pair') return;
        sum.bytesSent += entry.bytesSent || 0;
        sum.bytesReceived += entry.bytesReceived || 0;
      });
      return transport || sum;
    },

    // Round trip, path and bytes.
    measure: async function (carrier) {
      if (carrier.measuring || carrier.gone) return;
      carrier.measuring = true;
      try {
        var report = await carrier.pc.getStats();
        var pair = ParlorCarrier.pairInUse(report);
        if (carrier.gone || !pair) return;
        var ends = [report.get(pair.localCandidateId), report.get(pair.remoteCandidateId)];
        var relayed = ends.some(function (end) { return end && end.candidateType === 'relay'; });
        var roundTrip = typeof pair.currentRoundTripTime === 'number' ? pair.currentRoundTripTime : -1;
        var bytes = ParlorCarrier.bytesOf(report);
        _parlor_web_carrier_stats(carrier.room.id, carrier.id, relayed ? 1 : 0, roundTrip, bytes.bytesSent, bytes.bytesReceived);
      } catch (error) {
        console.debug('parlor: no statistics: ' + error);
      } finally {
        carrier.measuring = false;
      }
    },

    openChannel: function (carrier, options, index) {
      var init = { negotiated: true, id: index, ordered: options.reliable };
      if (!options.reliable) init.maxRetransmits = 0;
      var channel = carrier.pc.createDataChannel(options.name, init);
      var roomId = carrier.room.id;
      channel.binaryType = 'arraybuffer';
      channel.bufferedAmountLowThreshold = options.reliable ? 65536 : 0;
      channel.onopen = function () {
        if (carrier.gone || !carrier.channels.every(function (one) { return one.readyState === 'open'; })) return;
        _parlor_web_carrier_open(roomId, carrier.id);
        ParlorCarrier.measure(carrier);
      };
      channel.onmessage = function (event) {
        if (carrier.gone || !(event.data instanceof ArrayBuffer)) return;
        var lengths = ParlorWeb.deliver([new Uint8Array(event.data)]);
        _parlor_web_carrier_message(roomId, carrier.id, index, lengths[0]);
      };
      channel.onbufferedamountlow = function () {
        if (!carrier.gone) _parlor_web_carrier_buffered(roomId, carrier.id, index, channel.bufferedAmount);
      };
      // Nobody here closes a channel: it was the other end, or SCTP gave up.
      channel.onclose = function () {
        if (carrier.closed) return;
        carrier.closed = true;
        ParlorCarrier.tellState(carrier, ParlorCarrier.CLOSED, null);
      };
      return channel;
    },

    // A browser that makes no connection now (there is a limit to how many it has) may make one later.
    ready: function (carrier) {
      if (carrier.pc) return true;
      try {
        ParlorCarrier.open(carrier);
        return true;
      } catch (error) {
        if (carrier.pc) carrier.pc.close();
        carrier.pc = null;
        carrier.channels = [];
        ParlorWeb.later(function () { ParlorCarrier.tellState(carrier, ParlorCarrier.FAILED, error); });
        return false;
      }
    },

    open: function (carrier) {
      var pc = carrier.pc = new RTCPeerConnection({ iceServers: carrier.iceServers, bundlePolicy: 'max-bundle' });
      pc.onnegotiationneeded = function () {
        if (!carrier.waits) ParlorNegotiation.offer(carrier);
      };
      pc.onicecandidate = function (event) {
        ParlorNegotiation.tellCandidate(carrier, event.candidate);
      };
      pc.onconnectionstatechange = function () {
        var state = { connected: ParlorCarrier.CONNECTED, disconnected: ParlorCarrier.DISCONNECTED, failed: ParlorCarrier.FAILED }[pc.connectionState];
        if (state === undefined) return;
        if (state === ParlorCarrier.CONNECTED) ParlorCarrier.measure(carrier);
        ParlorCarrier.tellState(carrier, state, null);
      };
      carrier.channels = carrier.room.channels.map(function (options, index) {
        return ParlorCarrier.openChannel(carrier, options, index);
      });
    },

    // Another connection in the place of one that has agreed on nothing, to take an offer with; whether there is one.
    replace: function (carrier) {
      ParlorCarrier.drop(carrier);
      Object.assign(carrier, { pc: null, channels: [], waits: true, held: [] });
      return ParlorCarrier.ready(carrier);
    },

    close: function (carrier) {
      carrier.gone = true;
      delete carrier.room.carriers[carrier.id];
      ParlorCarrier.drop(carrier);
    },

    drop: function (carrier) {
      carrier.channels.forEach(function (channel) {
        channel.onopen = channel.onmessage = channel.onbufferedamountlow = channel.onclose = null;
      });
      if (!carrier.pc) return;
      carrier.pc.onnegotiationneeded = carrier.pc.onicecandidate = carrier.pc.onconnectionstatechange = null;
      carrier.pc.close();
    },
  },

  // ICE servers for the carrier that is opened next: a server, then its addresses.
  parlor_js_ice_server__deps: ['$ParlorCarrier'],
  parlor_js_ice_server: function (id, username, usernameLength, credential, credentialLength) {
    var room = ParlorWeb.room(id);
    if (!room) return;
    var server = { urls: [] };
    if (usernameLength > 0) {
      server.username = UTF8ToString(username, usernameLength);
      server.credential = UTF8ToString(credential, credentialLength);
    }
    room.iceServers.push(server);
  },

  parlor_js_ice_url__deps: ['$ParlorCarrier'],
  parlor_js_ice_url: function (id, url, urlLength) {
    var room = ParlorWeb.room(id);
    if (room) room.iceServers[room.iceServers.length - 1].urls.push(UTF8ToString(url, urlLength));
  },

  parlor_js_carrier_open__deps: ['$ParlorCarrier'],
  parlor_js_carrier_open: function (roomId, id, offers, polite) {
    var room = ParlorWeb.room(roomId);
    if (!room) return;
    var carrier = room.carriers[id] = {
      id: id, room: room, pc: null, channels: [], iceServers: room.iceServers,
      polite: polite !== 0,
      waits: offers === 0,  // for the other end's offer
      offering: false,      // an offer is being made
      taking: false,        // a description of the other end is being taken, and answered
      ignoring: false,      // the other end's last offer gave way to ours
      inTurn: Promise.resolve(),  // ends when all that the other end has said is taken
      setup: '',            // this side's part in DTLS, once it is settled: active or passive
      describing: 0,        // descriptions being made; candidates are held meanwhile
      held: [],
      measuring: false, closed: false, gone: false,
    };
    room.iceServers = [];
    ParlorCarrier.ready(carrier);
  },

  parlor_js_carrier_polite__deps: ['$ParlorCarrier'],
  parlor_js_carrier_polite: function (roomId, id, polite) {
    var carrier = ParlorCarrier.find(roomId, id);
    if (carrier) carrier.polite = polite !== 0;
  },

  parlor_js_carrier_description__deps: ['$ParlorCarrier'],
  parlor_js_carrier_description: function (roomId, id, isOffer, sdp, sdpLength) {
    var carrier = ParlorCarrier.find(roomId, id);
    if (!carrier || !(isOffer ? ParlorCarrier.ready(carrier) : carrier.pc)) return;
    ParlorNegotiation.takeDescription(carrier, { type: isOffer ? 'offer' : 'answer', sdp: UTF8ToString(sdp, sdpLength) });
  },

  parlor_js_carrier_candidate__deps: ['$ParlorCarrier'],
  parlor_js_carrier_candidate: function (roomId, id, candidate, candidateLength, mid, midLength, ufrag, ufragLength, lineIndex) {
    var carrier = ParlorCarrier.find(roomId, id);
    if (!carrier || !carrier.pc) return;
    var init = { candidate: UTF8ToString(candidate, candidateLength) };
    if (midLength > 0) init.sdpMid = UTF8ToString(mid, midLength);
    if (lineIndex >= 0) init.sdpMLineIndex = lineIndex;
    if (midLength === 0 && lineIndex < 0) init.sdpMLineIndex = 0;
    if (ufragLength > 0) init.usernameFragment = UTF8ToString(ufrag, ufragLength);
    ParlorNegotiation.takeCandidate(carrier, init);
  },

  parlor_js_carrier_candidates_end__deps: ['$ParlorCarrier'],
  parlor_js_carrier_candidates_end: function (roomId, id) {
    var carrier = ParlorCarrier.find(roomId, id);
    if (carrier && carrier.pc) ParlorNegotiation.takeCandidate(carrier, undefined);
  },

  parlor_js_carrier_send__deps: ['$ParlorCarrier'],
  parlor_js_carrier_send: function (roomId, id, channelIndex, bytes, length) {
    var carrier = ParlorCarrier.find(roomId, id);
    var channel = carrier && carrier.channels[channelIndex];
    if (!channel || channel.readyState !== 'open') return;
    try {
      channel.send(HEAPU8.subarray(bytes, bytes + length));  // copied before it returns
    } catch (error) {
      // The browser's own buffer is full, far above ours, or the channel is broken: a message is lost, so the carrier is.
      if (carrier.closed) return;
      carrier.closed = true;
      ParlorWeb.later(function () { ParlorCarrier.tellState(carrier, ParlorCarrier.CLOSED, error); });
    }
  },

  parlor_js_carrier_buffered__deps: ['$ParlorCarrier'],
  parlor_js_carrier_buffered: function (roomId, id, channelIndex) {
    var carrier = ParlorCarrier.find(roomId, id);
    var channel = carrier && carrier.channels[channelIndex];
    return channel ? channel.bufferedAmount : 0;
  },

  parlor_js_carrier_restart__deps: ['$ParlorCarrier'],
  parlor_js_carrier_restart: function (roomId, id) {
    var carrier = ParlorCarrier.find(roomId, id);
    if (carrier && ParlorCarrier.ready(carrier)) ParlorNegotiation.restart(carrier);
  },

  parlor_js_carrier_close__deps: ['$ParlorCarrier'],
  parlor_js_carrier_close: function (roomId, id) {
    var carrier = ParlorCarrier.find(roomId, id);
    if (carrier) ParlorCarrier.close(carrier);
  },
});
