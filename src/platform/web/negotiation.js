// How a carrier and the other end agree on descriptions and candidates: a part of glue.js, behind carrier.js. Perfect negotiation
// (W3C WebRTC, section 10.7) over a server that may lose, delay or never deliver any of them, so that any side may begin anew at any
// time. It says and takes one thing at a time: what comes from the other end waits until what came before it has been taken.

mergeInto(LibraryManager.library, {
  $ParlorNegotiation: {
    // A line of an answer names, by its ufrag, the offer that it answers: an answer that comes late is not taken for one to a later
    // offer, which would leave both ends with credentials that do not fit. It concerns the two of us, not the browser.
    MARK: 'a=x-parlor-offer:',

    // The other end wrote it: only what can be a ufrag (RFC 8839, section 5.4) is repeated.
    ufragOf: function (sdp) {
      var found = /^a=ice-ufrag:([A-Za-z0-9+\/]{4,256})\r?\n/m.exec(sdp);
      return found ? found[1] : '';
    },
    marked: function (answer, offer) {
      var ufrag = ParlorNegotiation.ufragOf(offer);
      var line = ufrag ? '\r\n' + ParlorNegotiation.MARK + ufrag : '';
      return answer.replace('\r\nm=', function (begin) { return line + begin; });
    },
    // Absent in the answers of other clients.
    markOf: function (sdp) {
      var found = /^a=x-parlor-offer:(\S+)\r?\n/m.exec(sdp);
      return found ? found[1] : '';
    },
    unmarked: function (sdp) {
      return sdp.replace(/^a=x-parlor-offer:.*\r?\n/m, '');
    },

    // Once this side has answered, or taken an answer, its part in DTLS is fixed. The other end may not know: where our answer was
    // lost, it would answer our next offer as if the part were still free, and take the same. So an offer names the part we have.
    setupOf: function (answer) {
      var found = /^a=setup:(active|passive)/m.exec(answer);
      return found ? found[1] : '';
    },
    withSetup: function (offer, setup) {
      return setup ? offer.replace(/^a=setup:actpass/mg, 'a=setup:' + setup) : offer;
    },

    // A carrier that works goes on working, and the link tries again if it does not.
    fail: function (carrier, error) {
      if (carrier.gone) return;
      if (carrier.pc && carrier.pc.connectionState === 'connected') {
        console.debug('parlor: not negotiated anew: ' + error);
      } else {
        ParlorCarrier.tellState(carrier, ParlorCarrier.FAILED, error);
      }
    },

    // ---- what is said

    tellDescription: function (carrier, type, sdp) {
      if (carrier.gone) return;
      var lengths = ParlorWeb.deliver([sdp]);
      _parlor_web_carrier_description(carrier.room.id, carrier.id, type === 'offer' ? 1 : 0, lengths[0]);
    },

    // Candidates of a description go out behind it, whatever order the browser's events come in.
    tellCandidate: function (carrier, candidate) {
      if (carrier.gone) return;
      if (carrier.describing > 0) {
        carrier.held.push(candidate);
      } else if (candidate === null) {
        _parlor_web_carrier_candidates_end(carrier.room.id, carrier.id);
      } else if (candidate.candidate !== '') {
        var index = typeof candidate.sdpMLineIndex === 'number' ? candidate.sdpMLineIndex : -1;
        var lengths = ParlorWeb.deliver([candidate.candidate, candidate.sdpMid || '', candidate.usernameFragment || '']);
        _parlor_web_carrier_candidate(carrier.room.id, carrier.id, lengths[0], lengths[1], lengths[2], index);
      }
    },

    // Makes the description that is due and tells it: the answer to `offer`, or an offer where none came.
    describe: async function (carrier, offer) {
      ++carrier.describing;
      var pc = carrier.pc;
      try {
        await pc.setLocalDescription();
        if (pc !== carrier.pc) return;
        var made = pc.localDescription;
        if (offer) carrier.setup = ParlorNegotiation.setupOf(made.sdp);
        var sdp = offer ? ParlorNegotiation.marked(made.sdp, offer) : ParlorNegotiation.withSetup(made.sdp, carrier.setup);
        ParlorNegotiation.tellDescription(carrier, made.type, sdp);
      } finally {
        if (--carrier.describing === 0) {
          carrier.held.splice(0).forEach(function (candidate) { ParlorNegotiation.tellCandidate(carrier, candidate); });
        }
      }
    },

    offer: async function (carrier) {
      if (carrier.gone) return;
      var pc = carrier.pc;
      try {
        carrier.offering = true;
        await ParlorNegotiation.describe(carrier, null);
      } catch (error) {
        if (pc === carrier.pc) ParlorNegotiation.fail(carrier, error);
      } finally {
        carrier.offering = false;
      }
    },

    // An offer that was never answered is not taken back: Chromium would never again offer a section for data. While it stands, an
    // offer that replaces it has to be made here; otherwise negotiationneeded follows, once the browser is at rest.
    restart: function (carrier) {
      if (carrier.offering) return;
      if (carrier.waits && !carrier.taking) {
        carrier.waits = false;
        ParlorNegotiation.offer(carrier);
        return;
      }
      carrier.pc.restartIce();
      if (carrier.pc.signalingState === 'have-local-offer' && !carrier.taking) ParlorNegotiation.offer(carrier);
    },

    // ---- what is heard

    takeDescription: function (carrier, description) {
      ParlorNegotiation.takeInTurn(carrier, async function () {
        // One without the section for data would end it on this side, too: that is no description of ours.
        if (!/^m=application /m.test(description.sdp)) {
          console.debug('parlor: a description without a section for data is not taken');
          return;
        }
        carrier.taking = true;
        try {
          await (description.type === 'offer' ? ParlorNegotiation.takeOffer : ParlorNegotiation.takeAnswer)(carrier, description.sdp);
        } catch (error) {
          ParlorNegotiation.fail(carrier, error);
        } finally {
          carrier.taking = false;
        }
      });
    },

    // Of two offers that cross, the impolite side's holds. Where nothing was agreed on before, the other side takes it with a new
    // connection: Chromium's, when it takes its first offer back while it gathers candidates, now and then never names one.
    takeOffer: async function (carrier, sdp) {
      var crosses = carrier.offering || carrier.pc.signalingState === 'have-local-offer';
      carrier.ignoring = crosses && !carrier.polite;
      if (carrier.ignoring) return;
      if (crosses && !carrier.pc.currentRemoteDescription && !ParlorCarrier.replace(carrier)) return;
      await carrier.pc.setRemoteDescription({ type: 'offer', sdp: sdp });
      carrier.waits = false;
      if (!carrier.gone) await ParlorNegotiation.describe(carrier, sdp);
    },

    // One that comes while an offer is being made answers an earlier one.
    takeAnswer: async function (carrier, sdp) {
      var offer = carrier.pc.pendingLocalDescription;
      if (carrier.offering || carrier.pc.signalingState !== 'have-local-offer' || !offer) return;
      var mark = ParlorNegotiation.markOf(sdp);
      if (mark && mark !== ParlorNegotiation.ufragOf(offer.sdp)) return;
      carrier.ignoring = false;
      await carrier.pc.setRemoteDescription({ type: 'answer', sdp: ParlorNegotiation.unmarked(sdp) });
      carrier.setup = { active: 'passive', passive: 'active' }[ParlorNegotiation.setupOf(sdp)] || '';
    },

    // A candidate that does not fit is no failure: others may, and ICE says when none does.
    takeCandidate: function (carrier, candidate) {
      ParlorNegotiation.takeInTurn(carrier, async function () {
        try {
          await carrier.pc.addIceCandidate(candidate);
        } catch (error) {
          if (!carrier.gone && !carrier.ignoring && candidate) console.debug('parlor: candidate not taken: ' + error);
        }
      });
    },

    takeInTurn: function (carrier, take) {
      carrier.inTurn = carrier.inTurn.then(function () {
        return carrier.gone ? undefined : take();
      }).catch(function (error) { ParlorNegotiation.fail(carrier, error); });
    },
  },
});
