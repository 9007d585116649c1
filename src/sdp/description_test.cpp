#include "sdp/description.hpp"

#include <gtest/gtest.h>

namespace parlor::sdp {
namespace {

constexpr std::string_view kFingerprint =
    "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1";

/// As Chromium writes an offer of a data channel.
std::string chromium(std::string_view setup = "actpass") {
  return "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE "
         "0\r\na=extmap-allow-mixed\r\n"
         "a=msid-semantic: WMS\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
         "a=candidate:1 1 udp 2122252543 192.0.2.3 54609 typ host generation 0\r\n"
         "a=candidate:2 1 tcp 1518280447 192.0.2.3 9 typ host tcptype active\r\n"
         "a=ice-ufrag:dGvV\r\na=ice-pwd:pcAFrUYDcPmP3uqLrEmCZlKV\r\na=ice-options:trickle\r\na=fingerprint:"
         "sha-256 " +
         std::string(kFingerprint) + "\r\na=setup:" + std::string(setup) +
         "\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\na=sctp-init:AAAAAQ==\r\n";
}

/// As Firefox does: what holds for all stands in front, lines end with a line feed here.
constexpr std::string_view kFirefox =
    "v=0\no=mozilla...THIS_IS_SDPARTA-99.0 8323 0 IN IP4 0.0.0.0\ns=-\nt=0 0\na=sendrecv\n"
    "a=fingerprint:sha-256 "
    "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1\n"
    "a=group:BUNDLE 0\na=ice-options:trickle\na=msid-semantic:WMS *\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 "
    "0.0.0.0\na=sendrecv\na=ice-pwd:0123456789abcdef0123456789abcdef\n"
    "a=ice-ufrag:01234567\na=mid:0\na=setup:active\na=sctp-port:5000\na=max-message-size:1073741823\n";

ParseError error_of(const std::string& text) {
  const auto parsed = parse(text);
  EXPECT_FALSE(parsed) << text;
  return parsed ? ParseError::too_long : parsed.error();
}

std::string without(std::string text, std::string_view line) {
  const auto at = text.find(line);
  EXPECT_NE(at, std::string::npos) << line;
  return text.erase(at, text.find('\n', at) + 1 - at);
}

TEST(Description, IsReadAsChromiumWritesIt) {
  const auto parsed = parse(chromium());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->session_id, "4611731400430051336");
  EXPECT_EQ(parsed->version, 2U);
  EXPECT_EQ(parsed->mid, "0");
  EXPECT_EQ(parsed->ufrag, "dGvV");
  EXPECT_EQ(parsed->password, "pcAFrUYDcPmP3uqLrEmCZlKV");
  EXPECT_TRUE(parsed->trickle);
  EXPECT_FALSE(parsed->lite);
  ASSERT_EQ(parsed->fingerprints.size(), 1U);
  EXPECT_EQ(parsed->fingerprints[0][0], std::byte{0x4a});
  EXPECT_EQ(parsed->fingerprints[0][31], std::byte{0xf1});
  EXPECT_EQ(parsed->setup, Setup::actpass);
  EXPECT_EQ(parsed->sctp_port, 5000);
  EXPECT_EQ(parsed->max_message_size, 262144U);
  ASSERT_TRUE(parsed->sctp_init);
  EXPECT_EQ(base::to_hex(*parsed->sctp_init), "00000001");
  ASSERT_EQ(parsed->candidates.size(), 1U) << "that by TCP is none for data channels here";
}

TEST(Description, IsReadAsFirefoxWritesIt) {
  const auto parsed = parse(kFirefox);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->ufrag, "01234567");
  EXPECT_EQ(parsed->setup, Setup::active);
  EXPECT_EQ(parsed->fingerprints.size(), 1U);
  EXPECT_TRUE(parsed->trickle);
  EXPECT_EQ(parsed->max_message_size, 1073741823U);
}

TEST(Description, ComesBackAsItWasWritten) {
  auto parsed = parse(chromium());
  ASSERT_TRUE(parsed);
  parsed->lite = true;
  parsed->end_of_candidates = true;
  const std::string text = write(*parsed);
  const auto again = parse(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(write(*again), text);
  EXPECT_TRUE(again->lite);
  EXPECT_TRUE(again->end_of_candidates);
  EXPECT_EQ(again->fingerprints, parsed->fingerprints);
  EXPECT_EQ(again->sctp_init, parsed->sctp_init);
  for (const char* unknown : {"msid", "extmap", "generation"})
    EXPECT_EQ(text.find(unknown), std::string::npos) << unknown;
}

TEST(Description, RefusesOtherMediaInTheirPlaces) {
  const std::string offer =
      "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\n"
      "a=ice-ufrag:zzzz\r\n" +
      chromium().substr(chromium().find("m=application")) + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\n";
  const auto parsed = parse(offer);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->ufrag, "dGvV");
  EXPECT_EQ(parsed->position, 1U);
  ASSERT_EQ(parsed->others.size(), 2U);
  EXPECT_EQ(parsed->others[1].mid, "v");
  const std::string answer = write(*parsed);
  const auto audio = answer.find("m=audio 0 UDP/TLS/RTP/SAVPF 111");
  const auto data = answer.find("m=application 9");
  const auto video = answer.find("m=video 0 ");
  EXPECT_TRUE(audio < data && data < video && video != std::string::npos) << answer;
}

/// The offer of a data channel and another section with these words.
std::string with_audio(const std::string& line, const std::string& mid = "a") {
  return chromium() + "m=" + line + "\r\na=mid:" + mid + "\r\n";
}

TEST(Description, WhatAnAnswerRepeatsIsMadeOfTokens) {
  ASSERT_TRUE(parse(with_audio("audio 9 UDP/TLS/RTP/SAVPF 111 63 *", "audio_0.{x}~")));
  for (const std::string& bad : {std::string("\xc3\xa9"), std::string("\xff"), std::string("\0", 1),
                                 std::string("\t"), std::string("a\"b"), std::string("a\x7f")}) {
    EXPECT_EQ(error_of(with_audio("audio 9 x y", bad)), ParseError::bad_word);
    EXPECT_EQ(error_of(with_audio("audio" + bad + " 9 x y")), ParseError::bad_word);
    EXPECT_EQ(error_of(with_audio("audio 9 x/" + bad + " y")), ParseError::bad_word);
    EXPECT_EQ(error_of(with_audio("audio 9 x y " + bad)), ParseError::bad_word);
    EXPECT_EQ(error_of(with_audio("application 9 UDP/DTLS/SCTP webrtc-datachannel", bad)),
              ParseError::bad_word)
        << "a second one is refused like any other";
    EXPECT_EQ(error_of("v=0\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:" + bad + "\r\n"),
              ParseError::bad_word);
    const auto origin = parse("v=0\r\no=- " + bad + " 2 IN IP4 127.0.0.1\r\n" +
                              chromium().substr(chromium().find("m=application")));
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->session_id, "0") << "nobody needs it";
  }
}

TEST(Description, WhatAnAnswerRepeatsIsRepeatedWholeOrTheOfferRefused) {
  const std::string longest(256, 'a');
  const auto parsed = parse(with_audio(longest + " 9 " + longest + ' ' + std::string(1024, '1'), longest));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->others[0].mid, longest);
  EXPECT_EQ(parsed->others[0].formats.size(), 1024U);
  EXPECT_EQ(error_of(with_audio("audio 9 x y", longest + 'a')), ParseError::bad_word);
  EXPECT_EQ(error_of(with_audio("audio 9 x y", std::string(255, 'a') + "\xc3\xa9")), ParseError::bad_word);
  EXPECT_EQ(error_of(with_audio(longest + "a 9 x y")), ParseError::bad_word);
  EXPECT_EQ(error_of(with_audio("audio 9 " + longest + "a y")), ParseError::bad_word);
  EXPECT_EQ(error_of(with_audio("audio 9 x " + std::string(1025, '1'))), ParseError::bad_word);
}

TEST(Description, SaysWhatIsMissing) {
  EXPECT_EQ(error_of(""), ParseError::not_sdp);
  EXPECT_EQ(error_of("hello"), ParseError::not_sdp);
  EXPECT_EQ(error_of("v=0\r\n"), ParseError::no_data_channel);
  EXPECT_EQ(error_of(without(chromium(), "a=ice-pwd")), ParseError::bad_credentials);
  EXPECT_EQ(error_of(without(chromium(), "a=ice-ufrag")), ParseError::bad_credentials);
  EXPECT_EQ(error_of(without(chromium(), "a=fingerprint")), ParseError::no_fingerprint);
  EXPECT_EQ(error_of(without(chromium(), "a=setup")), ParseError::bad_setup);
  EXPECT_EQ(error_of(chromium("holdconn")), ParseError::bad_setup);
  EXPECT_EQ(error_of(without(chromium(), "a=sctp-port")), ParseError::bad_port);
  EXPECT_EQ(error_of(std::string(kLongestDescription + 1, 'v')), ParseError::too_long);
  std::string many = "v=0\r\n";
  for (std::size_t i = 0; i <= kMostMedia; ++i) many += "m=audio 9 RTP/AVP 0\r\n";
  EXPECT_EQ(error_of(many), ParseError::too_many_media);
  EXPECT_EQ(error_of(chromium() + "m=audio\r\n"), ParseError::bad_word);
  for (int i = 0; i <= static_cast<int>(ParseError::bad_word); ++i)
    EXPECT_FALSE(to_string(static_cast<ParseError>(i)).empty());
}

TEST(Description, KnowsWhereNothingIsSaidOfTheLargestMessage) {
  EXPECT_EQ(parse(without(chromium(), "a=max-message-size"))->max_message_size, 65536U);
}

TEST(Description, OfADataChannelThatIsRefusedNeedsNothingElse) {
  const auto parsed = parse("v=0\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:x\r\n");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->rejected);
  EXPECT_EQ(parsed->mid, "x");
  EXPECT_TRUE(parse(write(*parsed))->rejected);
}

TEST(Description, KeepsOnlySoManyCandidatesAndFingerprints) {
  std::string text = chromium();
  for (int i = 0; i < 200; ++i)
    text += "a=candidate:1 1 udp 1 192.0.2.3 5 typ host\r\na=fingerprint:sha-256 " +
            std::string(kFingerprint) + "\r\n";
  const auto parsed = parse(text);
  ASSERT_TRUE(parsed);
  EXPECT_LE(parsed->candidates.size(), kMostCandidates);
  EXPECT_EQ(parsed->fingerprints.size(), kMostFingerprints);
}

}  // namespace
}  // namespace parlor::sdp
