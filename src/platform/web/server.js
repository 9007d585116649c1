// The server as a room sees it: one WebSocket, and what its ICE servers are. A part of glue.js.

mergeInto(LibraryManager.library, {
  $ParlorServer__deps: ['$ParlorWeb'],
  $ParlorServer: {
    // What a server says, in characters: no message of it is longer (docs/signaling.md).
    TOO_LONG: 65536,

    detach: function (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    },

    // Nothing more is heard of this socket.
    tellClosed: function (room, socket, code, reason) {
      ParlorServer.detach(socket);
      room.socket = null;
      var lengths = ParlorWeb.deliver([reason]);
      _parlor_web_socket_close(room.id, code, lengths[0]);
    },

    // A frame of the relay.
    takeBytes: function (room, socket, buffer) {
      if (buffer.byteLength > ParlorServer.TOO_LONG) {
        ParlorServer.refuseMessage(room, socket);
        return;
      }
      var lengths = ParlorWeb.deliver([new Uint8Array(buffer)]);
      _parlor_web_socket_bytes(room.id, lengths[0]);
    },

    // Ends the connection as the server would end ours for the same: 4017, too_large.
    refuseMessage: function (room, socket) {
      socket.close(4017, 'too_large');
      ParlorServer.tellClosed(room, socket, 4017, 'The server sent a message that is too long.');
    },
  },

  parlor_js_fetch_ice_servers__deps: ['$ParlorServer'],
  parlor_js_fetch_ice_servers: function (id, url, urlLength) {
    fetch(UTF8ToString(url, urlLength), { cache: 'no-store', credentials: 'omit' })
      .then(function (response) { return response.ok ? response.text() : ''; })
      .then(function (body) {
        if (!body || body.length > ParlorServer.TOO_LONG || !ParlorWeb.room(id)) return;
        var lengths = ParlorWeb.deliver([body]);
        _parlor_web_ice_servers(id, lengths[0]);
      })
      .catch(function (error) { console.debug('parlor: ICE servers not known yet: ' + error); });
  },

  parlor_js_socket_open__deps: ['$ParlorServer'],
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
    socket.binaryType = 'arraybuffer';
    socket.onopen = function () { _parlor_web_socket_open(id); };
    socket.onmessage = function (event) {
      if (event.data instanceof ArrayBuffer) {
        ParlorServer.takeBytes(room, socket, event.data);
        return;
      }
      if (event.data.length > ParlorServer.TOO_LONG) {
        ParlorServer.refuseMessage(room, socket);
        return;
      }
      var lengths = ParlorWeb.deliver([event.data]);
      _parlor_web_socket_frame(id, lengths[0]);
    };
    socket.onclose = function (event) {
      ParlorServer.tellClosed(room, socket, event.code, event.reason);
    };
    // The connection failed. Where the page's policy forbids it, Chromium has no `close` follow; where one follows, it says 1006.
    socket.onerror = function () {
      ParlorServer.tellClosed(room, socket, 1006, '');
    };
  },

  parlor_js_socket_send__deps: ['$ParlorServer'],
  parlor_js_socket_send: function (id, text, length) {
    var room = ParlorWeb.room(id);
    if (room && room.socket && room.socket.readyState === WebSocket.OPEN) room.socket.send(UTF8ToString(text, length));
  },

  parlor_js_socket_send_bytes__deps: ['$ParlorServer'],
  parlor_js_socket_send_bytes: function (id, bytes, length) {
    var room = ParlorWeb.room(id);
    if (!room || !room.socket || room.socket.readyState !== WebSocket.OPEN) return;
    room.socket.send(HEAPU8.subarray(bytes, bytes + length));  // copied before it returns
  },

  parlor_js_socket_buffered__deps: ['$ParlorServer'],
  parlor_js_socket_buffered: function (id) {
    var room = ParlorWeb.room(id);
    return room && room.socket ? room.socket.bufferedAmount : 0;
  },

  // What was sent before still goes out. No event follows.
  parlor_js_socket_close__deps: ['$ParlorServer'],
  parlor_js_socket_close: function (id, code) {
    var room = ParlorWeb.room(id);
    if (!room || !room.socket) return;
    ParlorServer.detach(room.socket);
    room.socket.close(code === 1000 || code >= 3000 ? code : 1000);
    room.socket = null;
  },
});
