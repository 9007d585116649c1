// The browser's side of parlor::Room: WebSocket, RTCPeerConnection, timers and page visibility, as an Emscripten JS library.
//
// Everything lives inside the module's closure: no global name, any number of rooms in any number of modules on a page. Rooms
// and carriers are known by number; a number that is no longer known is ignored, on both sides. Nothing here keeps a pointer
// into the wasm memory: what C++ gives is copied out before the call returns, what C++ gets goes through an inbox that it owns.
// The functions parlor_js_* are called by C++ (declared in bridge.hpp) and never call back before they return; C++ hears of
// events by the functions parlor_web_* (exports.cpp). An event whose handling fails ends as a carrier's failure with its
// text, never as an unhandled rejection. Here are the rooms themselves; their server is in server.js, their carriers are in
// carrier.js, and how those negotiate is in negotiation.js.

mergeInto(LibraryManager.library, {
  $ParlorWeb: {
    rooms: {},
    encoder: null,

    room: function (id) {
      return ParlorWeb.rooms[id];
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

    later: function (action) {
      Promise.resolve().then(action);
    },
  },

  // ---- the room

  // Gives whether this browser has WebRTC.
  parlor_js_room_open__deps: ['$ParlorWeb', '$ParlorCarrier'],
  parlor_js_room_open: function (id) {
    var room = { id: id, channels: [], iceServers: [], carriers: {}, socket: null, timer: 0, meter: 0 };
    room.onVisible = function () {
      _parlor_web_visibility(id, document.visibilityState === 'visible' ? 0 : 1);
      if (document.visibilityState === 'visible') _parlor_web_wake(id);
    };
    // A page that is kept for "back" has left. One that is closed or loaded anew only tells the others that nothing more comes
    // from it: its socket ends with it, and the server waits for a while, since the two cannot be told apart.
    room.onGone = function (event) {
      if (event.persisted) {
        _parlor_web_page_gone(id);
        return;
      }
      _parlor_web_page_ends(id);
      Object.keys(room.carriers).forEach(function (key) { ParlorCarrier.close(room.carriers[key]); });
    };
    document.addEventListener('visibilitychange', room.onVisible);
    window.addEventListener('pagehide', room.onGone);
    if (document.visibilityState !== 'visible') ParlorWeb.later(room.onVisible);
    room.meter = setInterval(function () {
      Object.keys(room.carriers).forEach(function (key) {
        var carrier = room.carriers[key];
        if (carrier.pc && carrier.pc.connectionState === 'connected') ParlorCarrier.measure(carrier);
      });
    }, 1000);
    ParlorWeb.rooms[id] = room;
    return typeof RTCPeerConnection === 'undefined' ? 0 : 1;
  },

  parlor_js_room_close__deps: ['$ParlorWeb', '$ParlorServer', '$ParlorCarrier'],
  parlor_js_room_close: function (id) {
    var room = ParlorWeb.room(id);
    if (!room) return;
    delete ParlorWeb.rooms[id];
    document.removeEventListener('visibilitychange', room.onVisible);
    window.removeEventListener('pagehide', room.onGone);
    clearInterval(room.meter);
    clearTimeout(room.timer);
    if (room.socket) {
      ParlorServer.detach(room.socket);
      room.socket.close();
    }
    Object.keys(room.carriers).forEach(function (key) { ParlorCarrier.close(room.carriers[key]); });
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
});
