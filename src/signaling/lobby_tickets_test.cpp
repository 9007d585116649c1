// Coming back as the same peer.

#include "signaling/code.hpp"
#include "signaling/lobby_test.hpp"
#include "signaling/ticket.hpp"

namespace parlor::signaling {
namespace {

using testing::toy_mac;
using testing::World;

const std::array<std::byte, 32> kKey{std::byte{1}};
const Ticket kTicket{0x0123456789abcdefU, "kamoridun", PeerId{513}, 2, 3, 4, PeerId{7}, 8, 99, "Friday"};

TEST(Ticket, IsReadBackByWhoSealedIt) {
  const std::string text = seal(kTicket, toy_mac, kKey);
  EXPECT_LE(text.size(), kMaxTicket);
  EXPECT_EQ(unseal(text, toy_mac, kKey), kTicket);
}

TEST(Ticket, NobodyElseCanMakeOrChangeOne) {
  const std::string text = seal(kTicket, toy_mac, kKey);
  std::array<std::byte, 32> other = kKey;
  other[31] = std::byte{1};
  EXPECT_FALSE(unseal(text, toy_mac, other));
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (char c : kAlphabet) {
      std::string changed = text;
      changed[i] = c;
      EXPECT_EQ(unseal(changed, toy_mac, kKey).has_value(), changed == text) << i << c;
    }
  }
  EXPECT_FALSE(unseal("", toy_mac, kKey));
  EXPECT_FALSE(unseal(text.substr(1), toy_mac, kKey));
  EXPECT_FALSE(unseal(text + 'A', toy_mac, kKey));
  EXPECT_FALSE(unseal(std::string(text.size(), '!'), toy_mac, kKey));
}

TEST(LobbyTickets, BringTheSameIdBack) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  const JoinedRoom first = world.take<JoinedRoom>(bob);
  world.close(bob, false);
  const auto again = world.joiner("Bob", made.code, first.ticket);
  const JoinedRoom second = world.take<JoinedRoom>(again);
  EXPECT_EQ(second.you, first.you);
  EXPECT_NE(second.ticket, first.ticket) << "a new incarnation";
  world.close(again, false);
  const auto third = world.joiner("Bob", made.code, second.ticket);
  EXPECT_EQ(world.take<JoinedRoom>(third).you, first.you);
}

TEST(LobbyTickets, ReplaceAConnectionThatIsStillThere) {
  World world;
  const auto alice = world.creator("Ada", 2);
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  const JoinedRoom first = world.take<JoinedRoom>(bob);
  world.take<PeerJoinedRoom>(alice);
  // The room is full, but the place is Bob's own.
  const auto again = world.joiner("Bob", made.code, first.ticket);
  EXPECT_EQ(world.take<JoinedRoom>(again).you, first.you);
  EXPECT_EQ(world.take_error(bob), "replaced");
  EXPECT_EQ(world.closed(bob), 4015);
  EXPECT_EQ(world.take<PeerBackRoom>(alice).member, (MemberInfo{first.you, "Bob", 2}));
  EXPECT_EQ(world.lobby.counters().members, 2U);
  // What the replaced socket still had in its buffer is nobody's.
  world.say(bob, Offer{made.you, "s"});
  world.close(bob, false);
  EXPECT_TRUE(world.silent(alice));
}

TEST(LobbyTickets, AreNoClaimOnAnIdThatSomebodyElseWasGivenLater) {
  LobbyConfig config;
  config.message_burst = 1'000'000;  // the ids of a room take a while to come around
  config.entry_burst = 1'000'000;
  World world(config);
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto eve = world.joiner("Eve", made.code);
  const JoinedRoom first = world.take<JoinedRoom>(eve);
  // All ids but the two that are held come, then Eve's first one is the next.
  const std::string leave = write(ClientMessage(LeaveRoom{}));
  const std::string join = write(ClientMessage(JoinRoom{*canonical_code(made.code), ""}));
  for (int i = 0; i < 65'533; ++i) {
    world.lobby.handle_frame(world.now, eve, leave);
    world.lobby.handle_frame(world.now, eve, join);
    while (world.lobby.poll_transmit()) {
    }
    while (world.lobby.poll_event()) {
    }
  }
  world.say(eve, LeaveRoom{});
  const auto bob = world.joiner("Bob", made.code);
  const JoinedRoom bobs = world.take<JoinedRoom>(bob);
  ASSERT_EQ(bobs.you, first.you);
  const auto thief = world.joiner("Eve", made.code, first.ticket);
  EXPECT_NE(world.take<JoinedRoom>(thief).you, bobs.you);
  EXPECT_EQ(world.closed(bob), 0);
  // Bob's own ticket is good all the same.
  const auto again = world.joiner("Bob", made.code, bobs.ticket);
  EXPECT_EQ(world.take<JoinedRoom>(again).you, bobs.you);
}

TEST(LobbyTickets, AReplacedHostHandsOver) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto bob = world.joiner("Bob", made.code);
  const JoinedRoom bobs = world.take<JoinedRoom>(bob);
  const auto again = world.joiner("Ada", made.code, made.ticket);
  const JoinedRoom second = world.take<JoinedRoom>(again);
  EXPECT_EQ(second.you, made.you);
  EXPECT_EQ(second.host, bobs.you) << "her program began anew and knows no state";
  EXPECT_EQ(second.term, 2U);
  EXPECT_EQ(world.take<PeerBackRoom>(bob).member, (MemberInfo{made.you, "Ada", 2}));
  EXPECT_EQ(world.take_host(bob), (HostOfRoom{bobs.you, 2}));
}

TEST(LobbyTickets, ALoneMemberReplacesItselfAndTheRoomLivesOn) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const auto again = world.joiner("Ada", made.code, made.ticket);
  const JoinedRoom second = world.take<JoinedRoom>(again);
  EXPECT_EQ(second.you, made.you);
  EXPECT_EQ(second.host, made.you);
  EXPECT_EQ(second.term, 2U);
  EXPECT_EQ(world.closed(alice), 4015);
  EXPECT_EQ(world.lobby.counters().rooms, 1U);
  EXPECT_EQ(world.lobby.counters().members, 1U);
  EXPECT_EQ(world.lobby.counters().connections, 1U);
}

TEST(LobbyTickets, ThatAreNotGoodAreAPlainJoin) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  const std::string code = *canonical_code(made.code);
  std::array<std::byte, 32> key{};
  key.fill(std::byte{7});  // the lobby's
  const auto good = unseal(made.ticket, toy_mac, key);
  ASSERT_TRUE(good);
  Ticket other_life = *good;
  ++other_life.life;
  Ticket other_room = *good;
  other_room.code = "babababab";
  for (const std::string& ticket : {std::string("nonsense"), seal(*good, toy_mac, kKey),
                                    seal(other_life, toy_mac, key), seal(other_room, toy_mac, key)}) {
    const auto eve = world.joiner("Eve", made.code, ticket);
    EXPECT_NE(world.take<JoinedRoom>(eve).you, made.you);
    EXPECT_EQ(world.closed(alice), 0);
  }
}

TEST(LobbyTickets, OfARoomThatDiedOpenNoLaterOne) {
  World world;
  const auto alice = world.creator("Ada");
  const JoinedRoom made = world.take<JoinedRoom>(alice);
  world.close(alice, true);
  const auto again = world.joiner("Ada", made.code, made.ticket);
  EXPECT_EQ(world.take_error(again), "no_such_room");
}

}  // namespace
}  // namespace parlor::signaling
