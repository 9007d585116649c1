// The browser's side of parlor::Room: WebSocket, RTCPeerConnection, timers and page visibility, as an Emscripten JS library.
//
// Everything lives inside the module's closure: no global name, any number of rooms in any number of modules on a page. Rooms
// and carriers are known by number; a number that is no longer known is ignored, on both sides. Nothing here keeps a pointer
// into the wasm memory: what C++ gives is copied out before the call returns, what C++ gets goes through an inbox that it owns.
// The functions parlor_js_* are called by C++ (declared in bridge.hpp) and never call back before they return; C++ hears of
// events by the functions parlor_web_* (exports.cpp). An event whose handling fails ends as a carrier's failure with its
// text, never as an unhandled rejection. How carriers negotiate is in negotiation.js.

mergeInto(LibraryManager.library, {
  $ParlorWeb__deps: ['$ParlorNegotiation'],
  $ParlorWeb: {
    rooms: {},
    encoder: null,

    // As in exports.cpp.
    CONNECTED: 0,
    DISCONNECTED: 1,
    FAILED: 2,
    CLOSED: 3,

    room: function (id) {
      return ParlorWeb.rooms[id];
    },
    carrier: function (roomId, id) {
      var room = ParlorWeb.rooms[roomId];
      return room && room.carriers[id];
    },

    // Puts texts and byte arrays into the inbox, one behind the other; gives their lengths in bytes. The heap is looked up after the inbox
    // was made, since making it may have moved the heap.
    deliver: function (parts) {
      if (!ParlorWeb.encoder) ParlorWeb.encoder = new TextEncoder();
      var pieces = parts.map(function (part) { return typeof part === 'string' ? ParlorWeb.encoder.encode(part) : part; });
      var total = pieces.reduce(function (sum, piece) { return sum + piece.length; }, 0);
      var at = _parlor_web_inbox(total);
      pieces.forEach(function (piece) {
        HEAPU8.set(piece, at);
        at += piece.length;
      });
      return pieces.map(function (piece) { return piece.length; });
    },

    // What a server says, in characters: no message of it is longer (docs/signaling.md).
    TOO_LONG: 65536,

    later: function (action) {
      Promise.resolve().then(action);
    },

    // ---- the socket
    detachSocket: function (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    },

    // Ends the connection as the server would end ours for the same: 4017, too_large.
    refuseMessage: function (room, socket) {
      ParlorWeb.detachSocket(socket);
      socket.close(4017, 'too_large');
      room.socket = null;
      var lengths = ParlorWeb.deliver(['The server sent a message that is too long.']);
      _parlor_web_socket_close(room.id, 4017, lengths[0]);
    },

    // ---- carriers
    tellState: function (carrier, state, error) {
      if (carrier.gone) return;
      var text = error ? String(error.message || error) : '';
      var lengths = ParlorWeb.deliver([text]);
      _parlor_web_carrier_state(carrier.room.id, carrier.id, state, lengths[0]);
    },

    // Round trip, path and bytes of the pair that is in use. Firefox marks it by `selected`, the others by the transport.
    measure: async function (carrier) {
      if (carrier.measuring || carrier.gone) return;
      carrier.measuring = true;
      try {
        var report = await carrier.pc.getStats();
        if (carrier.gone) return;
        var pair = null;
        report.forEach(function (entry) {
          if (entry.type === 'transport' && entry.selectedCandidatePairId) pair = report.get(entry.selectedCandidatePairId);
        });
        if (!pair) report.forEach(function (entry) {
          if (entry.type === 'candidate-pair' && (entry.selected || (entry.nominated && entry.state === 'succeeded'))) pair = entry;
        });
        if (!pair) return;
        var ends = [report.get(pair.localCandidateId), report.get(pair.remoteCandidateId)];
        var relayed = ends.some(function (end) { return end && end.candidateType === 'relay'; });
        var roundTrip = typeof pair.currentRoundTripTime === 'number' ? pair.currentRoundTripTime : -1;
        _parlor_web_carrier_stats(carrier.room.id, carrier.id, relayed ? 1 : 0, roundTrip, pair.bytesSent || 0, pair.bytesReceived || 0);
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
        ParlorWeb.measure(carrier);
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
        ParlorWeb.tellState(carrier, ParlorWeb.CLOSED, null);
      };
      return channel;
    },

    openCarrier: function (carrier, iceServers) {
      var pc = carrier.pc = new RTCPeerConnection({ iceServers: iceServers, bundlePolicy: 'max-bundle' });
      pc.onnegotiationneeded = function () {
        if (!carrier.waits) ParlorNegotiation.offer(carrier);
      };
      pc.onicecandidate = function (event) {
        ParlorNegotiation.tellCandidate(carrier, event.candidate);
      };
      pc.onconnectionstatechange = function () {
        var state = { connected: ParlorWeb.CONNECTED, disconnected: ParlorWeb.DISCONNECTED, failed: ParlorWeb.FAILED }[pc.connectionState];
        if (state === undefined) return;
        if (state === ParlorWeb.CONNECTED) ParlorWeb.measure(carrier);
        ParlorWeb.tellState(carrier, state, null);
      };
      carrier.channels = carrier.room.channels.map(function (options, index) {
        return ParlorWeb.openChannel(carrier, options, index);
      });
    },

    closeCarrier: function (carrier) {
      carrier.gone = true;
      delete carrier.room.carriers[carrier.id];
      carrier.channels.forEach(function (channel) {
        channel.onopen = channel.onmessage = channel.onbufferedamountlow = channel.onclose = null;
      });
      if (!carrier.pc) return;
      carrier.pc.onnegotiationneeded = carrier.pc.onicecandidate = carrier.pc.onconnectionstatechange = null;
      carrier.pc.close();
    },
  },

  // ---- the room

  // Gives whether this browser has WebRTC.
  parlor_js_room_open__deps: ['$ParlorWeb'],
  parlor_js_room_open: function (id) {
    var room = { id: id, channels: [], iceServers: [], carriers: {}, socket: null, timer: 0, meter: 0 };
    room.onVisible = function () {
      if (document.visibilityState === 'visible') _parlor_web_wake(id);
    };
    room.onGone = function () {
      _parlor_web_page_gone(id);
    };
    document.addEventListener('visibilitychange', room.onVisible);
    window.addEventListener('pagehide', room.onGone);
    room.meter = setInterval(function () {
      Object.keys(room.carriers).forEach(function (key) {
        var carrier = room.carriers[key];
        if (carrier.pc && carrier.pc.connectionState === 'connected') ParlorWeb.measure(carrier);
      });
    }, 1000);
    ParlorWeb.rooms[id] = room;
    return typeof RTCPeerConnection === 'undefined' ? 0 : 1;
  },

  parlor_js_room_close__deps: ['$ParlorWeb'],
  parlor_js_room_close: function (id) {
    var room = ParlorWeb.room(id);
    if (!room) return;
    delete ParlorWeb.rooms[id];
    document.removeEventListener('visibilitychange', room.onVisible);
    window.removeEventListener('pagehide', room.onGone);
    clearInterval(room.meter);
    clearTimeout(room.timer);
    if (room.socket) {
      ParlorWeb.detachSocket(room.socket);
      room.socket.close();
    }
    Object.keys(room.carriers).forEach(function (key) { ParlorWeb.closeCarrier(room.carriers[key]); });
  },

  parlor_js_channel__deps: ['$ParlorWeb'],
  parlor_js_channel: function (id, name, nameLength, reliable) {
    ParlorWeb.room(id).channels.push({ name: UTF8ToString(name, nameLength), reliable: reliable !== 0 });
  },

  // Into the inbox: the ws(s):// origin of the server that gave this page; nothing where the page came from no server.
  parlor_js_origin__deps: ['$ParlorWeb'],
  parlor_js_origin: function () {
    var scheme = { 'http:': 'ws://', 'https:': 'wss://' }[location.protocol];
    return ParlorWeb.deliver([scheme ? scheme + location.host : ''])[0];
  },

  // Less than 0: no timer.
  parlor_js_timer__deps: ['$ParlorWeb'],
  parlor_js_timer: function (id, milliseconds) {
    var room = ParlorWeb.room(id);
    if (!room) return;
    clearTimeout(room.timer);
    if (milliseconds >= 0) room.timer = setTimeout(function () { _parlor_web_wake(id); }, milliseconds);
  },

  // ---- the server

  parlor_js_fetch_ice_servers__deps: ['$ParlorWeb'],
  parlor_js_fetch_ice_servers: function (id, url, urlLength) {
    fetch(UTF8ToString(url, urlLength), { cache: 'no-store', credentials: 'omit' })
      .then(function (response) { return response.ok ? response.text() : ''; })
      .then(function (body) {
        if (!body || body.length > ParlorWeb.TOO_LONG || !ParlorWeb.room(id)) return;
        var lengths = ParlorWeb.deliver([body]);
        _parlor_web_ice_servers(id, lengths[0]);
      })
      .catch(function (error) { console.debug('parlor: ICE servers not known yet: ' + error); });
  },

  parlor_js_socket_open__deps: ['$ParlorWeb'],
  parlor_js_socket_open: function (id, url, urlLength) {
    var room = ParlorWeb.room(id);
    if (!room) return;
    var socket;
    try {
      socket = room.socket = new WebSocket(UTF8ToString(url, urlLength));
    } catch (error) {  // a page from https: may not open ws:
      ParlorWeb.later(function () {
        if (!ParlorWeb.room(id)) return;
        var lengths = ParlorWeb.deliver([String(error.message)]);
        _parlor_web_socket_close(id, 1006, lengths[0]);
      });
      return;
    }
    socket.onopen = function () { _parlor_web_socket_open(id); };
    socket.onmessage = function (event) {
      if (typeof event.data !== 'string') return;
      if (event.data.length > ParlorWeb.TOO_LONG) {
        ParlorWeb.refuseMessage(room, socket);
        return;
      }
      var lengths = ParlorWeb.deliver([event.data]);
      _parlor_web_socket_frame(id, lengths[0]);
    };
    socket.onclose = function (event) {
      room.socket = null;
      var lengths = ParlorWeb.deliver([event.reason]);
      _parlor_web_socket_close(id, event.code, lengths[0]);
    };
  },

  parlor_js_socket_send__deps: ['$ParlorWeb'],
  parlor_js_socket_send: function (id, text, length) {
    var room = ParlorWeb.room(id);
    if (room && room.socket && room.socket.readyState === WebSocket.OPEN) room.socket.send(UTF8ToString(text, length));
  },

  // What was sent before still goes out. No event follows.
  parlor_js_socket_close__deps: ['$ParlorWeb'],
  parlor_js_socket_close: function (id, code) {
    var room = ParlorWeb.room(id);
    if (!room || !room.socket) return;
    ParlorWeb.detachSocket(room.socket);
    room.socket.close(code === 1000 || code >= 3000 ? code : 1000);
    room.socket = null;
  },

  // ---- carriers

  // ICE servers for the carrier that is opened next: a server, then its addresses.
  parlor_js_ice_server__deps: ['$ParlorWeb'],
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

  parlor_js_ice_url__deps: ['$ParlorWeb'],
  parlor_js_ice_url: function (id, url, urlLength) {
    var room = ParlorWeb.room(id);
    if (room) room.iceServers[room.iceServers.length - 1].urls.push(UTF8ToString(url, urlLength));
  },

  parlor_js_carrier_open__deps: ['$ParlorWeb'],
  parlor_js_carrier_open: function (roomId, id, offers, polite) {
    var room = ParlorWeb.room(roomId);
    if (!room) return;
    var carrier = room.carriers[id] = {
      id: id, room: room, pc: null, channels: [],
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
    var iceServers = room.iceServers;
    room.iceServers = [];
    try {
      ParlorWeb.openCarrier(carrier, iceServers);
    } catch (error) {
      ParlorWeb.later(function () { ParlorWeb.tellState(carrier, ParlorWeb.FAILED, error); });
    }
  },

  parlor_js_carrier_polite__deps: ['$ParlorWeb'],
  parlor_js_carrier_polite: function (roomId, id, polite) {
    var carrier = ParlorWeb.carrier(roomId, id);
    if (carrier) carrier.polite = polite !== 0;
  },

  parlor_js_carrier_description__deps: ['$ParlorWeb'],
  parlor_js_carrier_description: function (roomId, id, isOffer, sdp, sdpLength) {
    var carrier = ParlorWeb.carrier(roomId, id);
    if (!carrier || !carrier.pc) return;
    ParlorNegotiation.takeDescription(carrier, { type: isOffer ? 'offer' : 'answer', sdp: UTF8ToString(sdp, sdpLength) });
  },

  parlor_js_carrier_candidate__deps: ['$ParlorWeb'],
  parlor_js_carrier_candidate: function (roomId, id, candidate, candidateLength, mid, midLength, ufrag, ufragLength, lineIndex) {
    var carrier = ParlorWeb.carrier(roomId, id);
    if (!carrier || !carrier.pc) return;
    var init = { candidate: UTF8ToString(candidate, candidateLength) };
    if (midLength > 0) init.sdpMid = UTF8ToString(mid, midLength);
    if (lineIndex >= 0) init.sdpMLineIndex = lineIndex;
    if (midLength === 0 && lineIndex < 0) init.sdpMLineIndex = 0;
    if (ufragLength > 0) init.usernameFragment = UTF8ToString(ufrag, ufragLength);
    ParlorNegotiation.takeCandidate(carrier, init);
  },

  parlor_js_carrier_candidates_end__deps: ['$ParlorWeb'],
  parlor_js_carrier_candidates_end: function (roomId, id) {
    var carrier = ParlorWeb.carrier(roomId, id);
    if (carrier && carrier.pc) ParlorNegotiation.takeCandidate(carrier, undefined);
  },

  parlor_js_carrier_send__deps: ['$ParlorWeb'],
  parlor_js_carrier_send: function (roomId, id, channelIndex, bytes, length) {
    var carrier = ParlorWeb.carrier(roomId, id);
    var channel = carrier && carrier.channels[channelIndex];
    if (!channel || channel.readyState !== 'open') return;
    try {
      channel.send(HEAPU8.subarray(bytes, bytes + length));  // copied before it returns
    } catch (error) {
      // The browser's own buffer is full, far above ours, or the channel is broken: a message is lost, so the carrier is.
      if (carrier.closed) return;
      carrier.closed = true;
      ParlorWeb.later(function () { ParlorWeb.tellState(carrier, ParlorWeb.CLOSED, error); });
    }
  },

  parlor_js_carrier_buffered__deps: ['$ParlorWeb'],
  parlor_js_carrier_buffered: function (roomId, id, channelIndex) {
    var carrier = ParlorWeb.carrier(roomId, id);
    var channel = carrier && carrier.channels[channelIndex];
    return channel ? channel.bufferedAmount : 0;
  },

  parlor_js_carrier_restart__deps: ['$ParlorWeb'],
  parlor_js_carrier_restart: function (roomId, id) {
    var carrier = ParlorWeb.carrier(roomId, id);
    if (carrier && carrier.pc) ParlorNegotiation.restart(carrier);
  },

  parlor_js_carrier_close__deps: ['$ParlorWeb'],
  parlor_js_carrier_close: function (roomId, id) {
    var carrier = ParlorWeb.carrier(roomId, id);
    if (carrier) ParlorWeb.closeCarrier(carrier);
  },
});
