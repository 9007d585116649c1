#include "native/web_socket_protocol.hpp"

#include <gtest/gtest.h>

#include "crypto/hash.hpp"

namespace parlor::platform::native {
namespace {

/// A frame as a server writes it.
std::string frame(int opcode, std::string_view payload, bool last = true) {
  std::string text(1, static_cast<char>((last ? 0x80 : 0) | opcode));
  if (payload.size() < 126) {
    text += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xffff) {
    text += static_cast<char>(126);
    for (int shift = 8; shift >= 0; shift -= 8) text += static_cast<char>(payload.size() >> shift & 0xff);
  } else {
    text += static_cast<char>(127);
    for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(payload.size() >> shift & 0xff);
  }
  return text.append(payload);
}

std::string close_payload(std::uint16_t code, std::string_view reason = "") {
  std::string text;
  text += static_cast<char>(code >> 8);
  text += static_cast<char>(code & 0xff);
  return text.append(reason);
}

class WebSocketProtocolTest : public testing::Test {
 protected:
  std::string taken() {
    std::string text(base::as_text(protocol->output()));
    protocol->output().clear();
    return text;
  }
  std::string answer_to(const std::string& request) {
    const std::size_t at = request.find("Sec-WebSocket-Key: ") + 19;
    const std::string key = request.substr(at, request.find("\r\n", at) - at);
    const auto digest = crypto::sha1(base::as_bytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
           "Upgrade\r\nSec-WebSocket-Accept: " +
           base::to_base64(digest) + "\r\n\r\n";
  }
  void open() {
    hear(answer_to(taken()));
    ASSERT_EQ(events, "open;");
    events.clear();
  }
  /// Piece by piece, so that every place where it may be cut is met.
  void hear(std::string_view text, std::size_t each = 3) {
    while (!text.empty()) {
      protocol->add(base::as_bytes(text.substr(0, each)));
      text.remove_prefix(std::min(each, text.size()));
      take();
    }
  }
  void take() {
    while (const auto event = protocol->poll_event()) {
      if (std::holds_alternative<WebSocketProtocol::Opened>(*event)) events += "open;";
      if (const auto* message = std::get_if<WebSocketProtocol::Message>(&*event))
        events += (message->text ? "text " : "bytes ") + std::string(base::as_text(message->bytes)) + ';';
      if (const auto* closed = std::get_if<WebSocketProtocol::Closed>(&*event))
        events += "closed " + std::to_string(closed->code) + ' ' + closed->reason + ';';
    }
  }
  /// What this client wrote, without its mask.
  static std::string unmasked(const std::string& text, int* opcode = nullptr) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text.at(i)); };
    if (opcode) *opcode = at(0) & 0x0f;
    EXPECT_EQ(at(1) & 0x80, 0x80) << "a client masks";
    const std::size_t head = (at(1) & 0x7f) < 126 ? 2 : (at(1) & 0x7f) == 126 ? 4 : 10;
    std::string payload = text.substr(head + 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
      payload[i] = static_cast<char>(payload[i] ^ text[head + i % 4]);
    return payload;
  }

  base::SeededRandom random{1};
  std::optional<WebSocketProtocol> protocol{std::in_place, *parse_url("ws://a.example:81/v1?x=1"), random};
  std::string events;
};

TEST_F(WebSocketProtocolTest, AsksForAnUpgradeAndOpensWhereTheAnswerFits) {
  const std::string request = taken();
  EXPECT_TRUE(request.starts_with("GET /v1?x=1 HTTP/1.1\r\nHost: a.example:81\r\nUpgrade: websocket\r\n"))
      << request;
  EXPECT_TRUE(request.ends_with("Sec-WebSocket-Version: 13\r\n\r\n")) << request;
  hear(answer_to(request) + frame(1, "first"));
  EXPECT_EQ(events, "open;text first;");
}

TEST_F(WebSocketProtocolTest, TakesNoAnswerThatIsNotForItsKey) {
  WebSocketProtocol other(*parse_url("ws://b"), random);
  const std::string wrong(base::as_text(other.output()));
  hear(answer_to(wrong));
  EXPECT_EQ(events, "closed 1006 What answers at its address is no Parlor server.;");
  EXPECT_TRUE(protocol->is_over());
}

TEST_F(WebSocketProtocolTest, SaysWhyAnUpgradeWasRefused) {
  hear("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 12\r\n\r\nIt is full.\n");
  EXPECT_EQ(events, "closed 1006 It refused the connection (HTTP 503): It is full.;");
}

TEST_F(WebSocketProtocolTest, ShowsNobodyAnAnswerThatIsNoSentence) {
  hear("HTTP/1.1 404 Not Found\r\n\r\n<html>");
  EXPECT_EQ(events, "") << "it may not be all";
  protocol->end("It ended the connection.");
  take();
  EXPECT_EQ(
      events,
      "closed 1006 It refused the connection (HTTP 404): What answers at its address is no Parlor server.;");
}

TEST_F(WebSocketProtocolTest, DoesNotReadAHeadWithoutEnd) {
  hear("HTTP/1.1 101 Switching Protocols\r\n" + std::string(20'000, 'a'), 1000);
  EXPECT_EQ(events, "closed 1006 What answers at its address is no Parlor server.;");
}

TEST_F(WebSocketProtocolTest, SaysNothingBeforeItIsOpen) {
  taken();
  protocol->send(true, base::as_bytes("early"), {});
  protocol->close(1000);
  EXPECT_TRUE(protocol->output().empty());
}

TEST_F(WebSocketProtocolTest, MasksWhatItSendsWhateverItsLength) {
  open();
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U}) {
    const std::string payload(size, 'p');
    protocol->send(size % 2 == 0, base::as_bytes(payload.substr(0, size / 2)),
                   base::as_bytes(payload.substr(size / 2)));
    int opcode = 0;
    EXPECT_EQ(unmasked(taken(), &opcode), payload);
    EXPECT_EQ(opcode, size % 2 == 0 ? 1 : 2);
  }
  protocol->send(true, base::as_bytes("a"), {});
  const std::string one = taken();
  protocol->send(true, base::as_bytes("a"), {});
  EXPECT_NE(one, taken()) << "each with a mask of its own";
}

TEST_F(WebSocketProtocolTest, PutsFragmentsTogetherWithControlFramesBetween) {
  open();
  hear(frame(2, "one ", false) + frame(9, "ping") + frame(0, "two ", false) + frame(10, "") +
       frame(0, "three") + frame(1, "next"));
  EXPECT_EQ(events, "bytes one two three;text next;");
  int opcode = 0;
  EXPECT_EQ(unmasked(taken(), &opcode), "ping");
  EXPECT_EQ(opcode, 10);
}

TEST_F(WebSocketProtocolTest, AnswersNoPingsToWhoReadsNothing) {
  open();
  for (int i = 0; i < 2000; ++i) hear(frame(9, std::string(125, 'p')), 200);
  EXPECT_LE(protocol->output().size(), WebSocketProtocol::kMaxBeforePong + 200);
}

TEST_F(WebSocketProtocolTest, TakesTheLongestMessageAndNoneThatIsLonger) {
  open();
  hear(frame(1, std::string(WebSocketProtocol::kMaxMessage, 'a')), 10'000);
  EXPECT_EQ(events.size(), std::string("text ;").size() + WebSocketProtocol::kMaxMessage);
  events.clear();
  hear(frame(1, std::string(WebSocketProtocol::kMaxMessage, 'a'), false), 10'000);
  hear(frame(0, "b"));
  EXPECT_EQ(events, "closed 4017 The server sent a message that is too long.;");
  EXPECT_EQ(unmasked(taken()).substr(0, 2), close_payload(4017));
}

TEST_F(WebSocketProtocolTest, RefusesWhatNoServerSays) {
  const std::string masked = {static_cast<char>(0x81), static_cast<char>(0x81), 0, 0, 0, 0, 'a'};
  const std::string reserved = {static_cast<char>(0xc1), 1, 'a'};
  for (const std::string& text :
       {masked, reserved, frame(3, "a"), frame(11, ""), frame(9, "", false), frame(9, std::string(126, 'p')),
        frame(0, "a"), frame(1, "a", false) + frame(1, "b"), frame(8, "x"), frame(8, close_payload(1005)),
        frame(8, close_payload(999))}) {
    protocol.emplace(*parse_url("ws://a"), random);
    open();
    hear(text);
    EXPECT_EQ(events, "closed 1002 The server said what no WebSocket server says.;")
        << testing::PrintToString(text);
    events.clear();
  }
}

TEST_F(WebSocketProtocolTest, RefusesTextThatIsNone) {
  open();
  hear(frame(2, "\xff"));
  EXPECT_EQ(events, "bytes \xff;");
  hear(frame(1, "\xff"));
  EXPECT_EQ(events, "bytes \xff;closed 1007 The server sent text that is none.;");
}

TEST_F(WebSocketProtocolTest, AnswersACloseAndTellsItsCode) {
  open();
  hear(frame(8, close_payload(4003, "room_full")) + frame(1, "behind"));
  EXPECT_EQ(events, "closed 4003 room_full;");
  int opcode = 0;
  EXPECT_EQ(unmasked(taken(), &opcode), close_payload(4003));
  EXPECT_EQ(opcode, 8);
  EXPECT_TRUE(protocol->is_over());
  protocol->send(true, base::as_bytes("behind"), {});
  EXPECT_TRUE(protocol->output().empty());
}

TEST_F(WebSocketProtocolTest, ClosesAndWaitsForTheAnswer) {
  open();
  protocol->close(1000, "bye");
  protocol->close(1000);
  EXPECT_EQ(unmasked(taken()), close_payload(1000, "bye"));
  hear(frame(1, "still on its way") + frame(8, ""));
  EXPECT_EQ(events, "text still on its way;closed 1005 ;");
  EXPECT_TRUE(protocol->output().empty()) << "a close is said once";
}

TEST_F(WebSocketProtocolTest, AConnectionThatEndsWithoutACloseIsBroken) {
  open();
  hear(frame(1, "last"));
  protocol->end("It ended.");
  take();
  EXPECT_EQ(events, "text last;closed 1006 It ended.;");
}

}  // namespace
}  // namespace parlor::platform::native
