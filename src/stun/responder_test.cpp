#include "stun/responder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "stun/attributes.hpp"
#include "stun/integrity.hpp"
#include "stun/test_support.hpp"
#include "stun/writer.hpp"

namespace parlor::stun {
namespace {

using base::to_hex;
using test::address;
using test::from_hex;

class StunResponder : public testing::Test {
 protected:
  BindingAnswer respond(base::BytesView bytes, std::string_view source = "192.0.2.1:32853",
                        Transport transport = Transport::udp) {
    return Responder(std::nullopt).respond({}, {address(source), transport, std::nullopt, bytes}, out_);
  }
  /// A Binding request with what `add` puts into it.
  template <class F>
  base::BytesView request(F add) {
    MessageWriter writer(in_, MessageClass::request, Method::binding, test::kId);
    add(writer);
    return writer.finish();
  }
  base::BytesView request() {
    return request([](MessageWriter&) {});
  }
  Message answer(const BindingAnswer& given) {
    return *Message::parse(base::BytesView(out_).first(given.size));
  }

  std::array<std::byte, 2048> in_{};
  std::array<std::byte, 2048> out_{};
};

TEST_F(StunResponder, AnswersABindingRequestWithTheMaskedAddressAndNothingElse) {
  const BindingAnswer given = respond(request());
  EXPECT_EQ(given.outcome, Outcome::success);
  EXPECT_EQ(given.port, 32853);
  EXPECT_EQ(to_hex(base::BytesView(out_).first(given.size)),
            "0101000c2112a442b7e7a701bc34d686fa87dfae"
            "002000080001a147e112a643");
}

TEST_F(StunResponder, AnswersIpv6) {
  const BindingAnswer given = respond(request(), "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  EXPECT_EQ(given.size, 44u);
  EXPECT_EQ(answer(given).read<XorMappedAddress>(), address("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
}

TEST_F(StunResponder, AnswersAMappedIpv4SourceAsIpv4) {
  const BindingAnswer given = respond(request(), "[::ffff:192.0.2.1]:32853");
  EXPECT_EQ(given.size, 32u);
  EXPECT_EQ(answer(given).read<XorMappedAddress>(), address("192.0.2.1:32853"));
}

TEST_F(StunResponder, IgnoresOptionalAttributesAndThoseItKnowsButDidNotExpect) {
  const BindingAnswer given = respond(request([](MessageWriter& writer) {
    writer.add<Software>("a browser");
    writer.add(AttributeType{0xC057}, test::bytes_of({0, 1, 0, 2}));
    writer.add<Username>("alice:bob");
    writer.add<Realm>("example.org");
    writer.add_message_integrity(base::as_bytes("a key that the server does not know"));
    writer.add_fingerprint();
  }));
  EXPECT_EQ(given.outcome, Outcome::success);
  EXPECT_EQ(given.size, 32u);
}

TEST_F(StunResponder, ListsUnknownRequiredAttributesInA420) {
  const BindingAnswer given = respond(request([](MessageWriter& writer) {
    writer.add(AttributeType{0x7777}, {});
    writer.add(AttributeType{0x8777}, {});
    writer.add(AttributeType{0x0024}, test::bytes_of({1, 2, 3, 4}));
    writer.add<ChangeRequest>({});
  }));
  EXPECT_EQ(given.outcome, Outcome::error);
  const Message message = answer(given);
  EXPECT_TRUE(message.is(MessageClass::error, Method::binding));
  EXPECT_EQ(message.read<ErrorCode>()->code, kUnknownAttribute);
  EXPECT_EQ(message.read<UnknownAttributes>(),
            (std::vector{AttributeType{0x7777}, AttributeType{0x0024}, AttributeType::change_request}));
}

TEST_F(StunResponder, ListsOnlySoManyUnknownAttributes) {
  const BindingAnswer given = respond(request([](MessageWriter& writer) {
    for (std::uint16_t i = 0; i < 400; ++i) writer.add(static_cast<AttributeType>(0x7000 + i), {});
  }));
  EXPECT_EQ(answer(given).read<UnknownAttributes>()->size(), Responder::kMaxUnknownListed);
  EXPECT_LE(given.size, Responder::kMaxPlainAnswer);
}

TEST_F(StunResponder, UnknownRequiredAttributesAfterTheIntegrityDoNotCount) {
  const BindingAnswer given = respond(request([](MessageWriter& writer) {
    writer.add_message_integrity(base::as_bytes("key"));
    writer.add(AttributeType{0x7777}, {});
  }));
  EXPECT_EQ(given.outcome, Outcome::success);
}

TEST_F(StunResponder, IsSilentToWhatIsNoBindingRequest) {
  const auto of = [&](MessageClass message_class, Method method) {
    MessageWriter writer(in_, message_class, method, test::kId);
    return respond(writer.finish());
  };
  for (const MessageClass c : {MessageClass::indication, MessageClass::success, MessageClass::error}) {
    EXPECT_EQ(of(c, Method::binding).outcome, Outcome::not_binding);
    EXPECT_EQ(of(c, Method::binding).size, 0u);
  }
  EXPECT_EQ(of(MessageClass::request, Method{0x003}).outcome, Outcome::not_binding);  // Allocate, of TURN
  EXPECT_EQ(of(MessageClass::request, Method{0x002}).outcome,
            Outcome::not_binding);  // Shared Secret, of RFC 3489
  EXPECT_EQ(of(MessageClass::request, Method{0x000}).outcome, Outcome::not_binding);
}

TEST_F(StunResponder, IsSilentToWhatIsNotStun) {
  const base::BytesView good = request();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(respond(good.first(size)).outcome, Outcome::not_stun) << size;
  }
  EXPECT_EQ(respond(base::as_bytes("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")).outcome,
            Outcome::not_stun);
  EXPECT_EQ(respond(base::Bytes(1500)).size, 0u);
}

TEST_F(StunResponder, NeverAnswersWhereNobodyCanBe) {
  for (const char* source :
       {"192.0.2.1:0", "0.0.0.0:1", "0.1.2.3:1", "224.0.0.1:1", "239.255.255.255:1", "255.255.255.255:1",
        "[ff02::1]:1", "[::]:1", "[2001:db8::1]:0", "[::ffff:224.0.0.1]:1"}) {
    const BindingAnswer given = respond(request(), source);
    EXPECT_EQ(given.outcome, Outcome::bad_source) << source;
    EXPECT_EQ(given.size, 0u) << source;
  }
  EXPECT_EQ(respond(request(), "240.0.0.1:1").outcome, Outcome::success);
  EXPECT_EQ(respond(request(), "[fe80::1]:1").outcome, Outcome::success);
}

// ---- RFC 3489

class StunResponderClassic : public StunResponder {
 protected:
  const base::Bytes classic_ = from_hex("00010000 0badcafe b7e7a701bc34d686fa87dfae");
  base::Bytes classic_with(std::string_view attributes_hex) {
    base::Bytes bytes = classic_;
    const base::Bytes attributes = from_hex(attributes_hex);
    bytes[3] = static_cast<std::byte>(attributes.size());
    bytes.insert(bytes.end(), attributes.begin(), attributes.end());
    return bytes;
  }
};

TEST_F(StunResponderClassic, GetsThePlainAddressAndItsOwn16Bytes) {
  const BindingAnswer given = respond(classic_);
  EXPECT_EQ(given.outcome, Outcome::success);
  EXPECT_EQ(to_hex(base::BytesView(out_).first(given.size)),
            "0101000c0badcafeb7e7a701bc34d686fa87dfae"
            "0001000800018055c0000201");
}

TEST_F(StunResponderClassic, MayAskForNoChangeAtAll) {
  EXPECT_EQ(respond(classic_with("00030004 00000000")).outcome, Outcome::success);
  EXPECT_EQ(respond(classic_with("00030004 00000006")).outcome, Outcome::error);
  EXPECT_EQ(respond(classic_with("00020008 0001 1234 01020304")).outcome,
            Outcome::error);  // RESPONSE-ADDRESS
}

TEST_F(StunResponderClassic, GetsAnEvenNumberOfUnknownAttributes) {
  const BindingAnswer given = respond(classic_with("00030004 00000006"));
  EXPECT_EQ(to_hex(base::BytesView(out_).first(given.size)),
            "011100100badcafeb7e7a701bc34d686fa87dfae"
            "0009000400000414"
            "000a000400030003");
}

TEST_F(StunResponderClassic, ListsNoMoreThanTheLimitEither) {
  base::Bytes bytes = classic_;
  for (int i = 0; i < 33; ++i) {
    const base::Bytes one = from_hex("77770000");
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  bytes[3] = std::byte{33 * 4};
  const BindingAnswer given = respond(bytes);
  EXPECT_EQ(given.outcome, Outcome::error);
  EXPECT_EQ(given.size, 20u + 8 + 4 + 2 * Responder::kMaxUnknownListed);
}

TEST_F(StunResponderClassic, IsNotSpokenOverTcp) {
  EXPECT_EQ(respond(classic_, "192.0.2.1:1", Transport::tcp).outcome, Outcome::not_stun);
  EXPECT_EQ(respond(request(), "192.0.2.1:1", Transport::tcp).outcome, Outcome::success);
}

// ---- the limit

TEST_F(StunResponder, CountsAnswersBySourceAndIsSilentAboveTheLimit) {
  base::SeededRandom random(1);
  RateTable<PlainCell> limit({.per_second = 10, .burst = 10}, random);
  const Responder responder(std::nullopt, &limit);
  const auto answers = [&](base::Time now, std::string_view source, base::BytesView bytes, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) {
      const auto given = responder.respond(now, {address(source), Transport::udp, std::nullopt, bytes}, out_);
      EXPECT_EQ(given.outcome, given.size != 0 ? Outcome::success : Outcome::rate_limited);
      count += given.size != 0 ? 1 : 0;
    }
    return count;
  };
  const base::Time start = base::time_from(base::seconds(1));
  EXPECT_EQ(answers(start, "192.0.2.1:1", request(), 30), 10);
  EXPECT_EQ(answers(start, "192.0.2.1:2", request(), 30), 0);  // another port of the same source
  EXPECT_EQ(answers(start, "192.0.2.2:1", request(), 30), 10);
  EXPECT_EQ(answers(start + base::seconds(1), "192.0.2.1:1", request(), 30), 10);
}

TEST_F(StunResponder, DoesNotCountWhatItWouldNotAnswerAnyway) {
  base::SeededRandom random(1);
  RateTable<PlainCell> limit({.per_second = 1, .burst = 1}, random);
  const Responder responder(std::nullopt, &limit);
  const auto outcome = [&](base::BytesView bytes) {
    return responder.respond({}, {address("192.0.2.1:1"), Transport::udp, std::nullopt, bytes}, out_).outcome;
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(outcome(base::as_bytes("garbage")), Outcome::not_stun);
  EXPECT_EQ(outcome(request()), Outcome::success);
  EXPECT_EQ(outcome(request()), Outcome::rate_limited);
}

// ---- RFC 5780

class StunResponderBehavior : public StunResponder {
 protected:
  BindingAnswer respond(base::BytesView bytes, Origin to = {}, Transport transport = Transport::udp) {
    return responder_.respond({}, {address("192.0.2.1:32853"), transport, to, bytes}, out_);
  }
  base::BytesView change(bool ip, bool port) {
    return request([&](MessageWriter& writer) { writer.add<ChangeRequest>({ip, port}); });
  }
  const Responder responder_{BehaviorAddresses{{*base::IpAddress::parse("198.51.100.1"),  //
                                                *base::IpAddress::parse("203.0.113.1")},
                                               {3478, 3479}}};
};

TEST_F(StunResponderBehavior, SaysBothAddressesOfTheClientAndItsOwnOriginAndOther) {
  const BindingAnswer given = respond(request());
  const Message message = answer(given);
  EXPECT_EQ(message.read<XorMappedAddress>(), address("192.0.2.1:32853"));
  EXPECT_EQ(message.read<MappedAddress>(), address("192.0.2.1:32853"));
  EXPECT_EQ(message.read<ResponseOrigin>(), address("198.51.100.1:3478"));
  EXPECT_EQ(message.read<OtherAddress>(), address("203.0.113.1:3479"));
  EXPECT_EQ(given.from, Origin{});
}

TEST_F(StunResponderBehavior, SendsFromWhereTable1Says) {  // RFC 5780 §6.1
  for (const bool at_second_ip : {false, true}) {
    for (const bool at_second_port : {false, true}) {
      for (const bool ip : {false, true}) {
        for (const bool port : {false, true}) {
          const Origin to{at_second_ip, at_second_port};
          const BindingAnswer given = respond(change(ip, port), to);
          EXPECT_EQ(given.from, (Origin{at_second_ip != ip, at_second_port != port}));
          const Message message = answer(given);
          const std::string source_ip = at_second_ip != ip ? "203.0.113.1" : "198.51.100.1";
          const std::string source_port = at_second_port != port ? ":3479" : ":3478";
          EXPECT_EQ(message.read<ResponseOrigin>(), address(source_ip + source_port));
          const std::string other_ip = at_second_ip ? "198.51.100.1" : "203.0.113.1";
          EXPECT_EQ(message.read<OtherAddress>(), address(other_ip + (at_second_port ? ":3478" : ":3479")));
        }
      }
    }
  }
}

TEST_F(StunResponderBehavior, SendsToTheResponsePort) {
  const BindingAnswer given =
      respond(request([](MessageWriter& writer) { writer.add<ResponsePort>(40000); }));
  EXPECT_EQ(given.outcome, Outcome::success);
  EXPECT_EQ(given.port, 40000);
  EXPECT_EQ(answer(given).read<XorMappedAddress>(), address("192.0.2.1:32853"));
}

TEST_F(StunResponderBehavior, RepeatsPaddingButNeverMoreThanItGot) {
  const BindingAnswer given = respond(request([](MessageWriter& writer) { writer.add<Padding>(1500); }));
  EXPECT_EQ(answer(given).read<Padding>(), 1500u);
  EXPECT_LE(given.size, 20u + 4 + 1500 + 96);
  std::array<std::byte, 512> small{};
  const auto cut = responder_.respond({},
                                      {address("192.0.2.1:1"), Transport::udp, Origin{},
                                       request([](MessageWriter& writer) { writer.add<Padding>(1500); })},
                                      small);
  EXPECT_EQ(cut.outcome, Outcome::success);
  EXPECT_GT(cut.size, 384u);
  EXPECT_LE(cut.size, small.size());
}

TEST_F(StunResponderBehavior, RefusesAPortTogetherWithPadding) {
  const BindingAnswer given = respond(request([](MessageWriter& writer) {
    writer.add<ResponsePort>(40000);
    writer.add<Padding>(100);
  }));
  EXPECT_EQ(answer(given).read<ErrorCode>()->code, kBadRequest);
  EXPECT_EQ(given.port, 32853);
}

TEST_F(StunResponderBehavior, RefusesPortZeroAndMalformedWishes) {
  for (const char* hex : {"00270004 00000000", "00270001 01000000", "00030000", "00030001 06000000"}) {
    base::Bytes bytes = from_hex("00010000 2112a442 b7e7a701bc34d686fa87dfae");
    const base::Bytes attribute = from_hex(hex);
    bytes[3] = static_cast<std::byte>(attribute.size());
    bytes.insert(bytes.end(), attribute.begin(), attribute.end());
    const BindingAnswer given = respond(bytes);
    EXPECT_EQ(given.outcome, Outcome::error) << hex;
    EXPECT_EQ(answer(given).read<ErrorCode>()->code, kBadRequest) << hex;
  }
}

TEST_F(StunResponderBehavior, RefusesOverTcpWhatNeedsAnotherWayBack) {
  EXPECT_EQ(respond(change(true, false), {}, Transport::tcp).outcome, Outcome::error);
  EXPECT_EQ(respond(change(false, true), {}, Transport::tcp).outcome, Outcome::error);
  EXPECT_EQ(respond(change(false, false), {}, Transport::tcp).outcome, Outcome::success);
  EXPECT_EQ(respond(request([](MessageWriter& w) { w.add<ResponsePort>(1); }), {}, Transport::tcp).outcome,
            Outcome::error);
}

TEST_F(StunResponderBehavior, TakesNoPartOnOtherAddresses) {
  const auto given = responder_.respond(
      {}, {address("192.0.2.1:1"), Transport::udp, std::nullopt, change(true, true)}, out_);
  EXPECT_EQ(answer(given).read<ErrorCode>()->code, kUnknownAttribute);
}

TEST_F(StunResponderBehavior, AnswersClassicClientsAsEver) {
  const BindingAnswer given = respond(from_hex("00010000 0badcafe b7e7a701bc34d686fa87dfae"));
  EXPECT_EQ(given.size, 32u);
}

}  // namespace
}  // namespace parlor::stun
