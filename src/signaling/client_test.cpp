// How a client enters a room, what it hears there, and how it ends.

#include "signaling/client_test.hpp"

namespace parlor::signaling {
namespace {

using base::milliseconds;
using base::seconds;
using base::Time;
using testing::ClientTest;
using testing::config;
using testing::kJoined;

TEST_F(ClientTest, HelloAndJoinRideOnTheUpgradeRequest) {
  EXPECT_EQ(sent<OpenSocket>().url,
            "ws://127.0.0.1:8080/v1?version=1&game=cubes&build=b1&name=Ada%20L&join=kamoridun");
  EXPECT_EQ(client.state(), ClientState::connecting);
  client.handle_open(now);
  EXPECT_TRUE(quiet()) << "nothing to say: all of it was in the request";
  EXPECT_EQ(client.state(), ClientState::joining);
  hear(Welcome{1, {{{"stun:h"}, "", ""}}});
  hear(kJoined);
  EXPECT_EQ(take<Welcome>().ice_servers.size(), 1U);
  EXPECT_EQ(take<JoinedRoom>(), kJoined);
  EXPECT_EQ(client.state(), ClientState::joined);
}

TEST(Client, ACreateRidesOnTheUpgradeRequest) {
  ClientConfig made = config(CreateRoom{4, "T"});
  made.server = "wss://play.example.com/";
  Client client(made, Time{});
  EXPECT_EQ(std::get<OpenSocket>(*client.poll_transmit()).url,
            "wss://play.example.com/v1?version=1&game=cubes&build=b1&name=Ada%20L&create=4&title=T");
}

TEST(Client, ATicketGoesIntoTheFirstFrameAndNeverIntoTheUrl) {
  Client client(config(JoinRoom{"KAMO-ridun", "secret"}), Time{});
  EXPECT_EQ(std::get<OpenSocket>(*client.poll_transmit()).url,
            "ws://127.0.0.1:8080/v1?version=1&game=cubes&build=b1&name=Ada%20L");
  client.handle_open(Time{});
  EXPECT_EQ(std::get<SendFrame>(*client.poll_transmit()).text,
            R"({"type":"join","code":"kamoridun","ticket":"secret"})");
}

TEST(Client, APasswordGoesIntoTheFirstFrameAndNeverIntoTheUrl) {
  const ClientMessage entries[] = {JoinRoom{"kamoridun", "", false, "open sesame"},
                                   CreateRoom{4, "", "open sesame"}};
  for (const ClientMessage& entry : entries) {
    const auto* join = std::get_if<JoinRoom>(&entry);
    Client client(join != nullptr ? config(*join) : config(std::get<CreateRoom>(entry)), Time{});
    const auto open = client.poll_transmit();
    ASSERT_TRUE(open);
    EXPECT_EQ(std::get<OpenSocket>(*open).url,
              "ws://127.0.0.1:8080/v1?version=1&game=cubes&build=b1&name=Ada%20L");
    client.handle_open(Time{});
    const auto first = client.poll_transmit();
    ASSERT_TRUE(first);
    EXPECT_EQ(std::get<SendFrame>(*first).text, write(entry));
  }
}

TEST(Client, ASearchIsWaitedForAsLongAsTheServerSaysSo) {
  Client client(config(FindMatch{}), Time{});
  client.handle_open(Time{});
  client.poll_transmit();
  EXPECT_EQ(std::get<SendFrame>(*client.poll_transmit()).text, write(ClientMessage(FindMatch{})));
  base::Time now{};
  for (int i = 0; i < 5; ++i) {
    now += seconds(8);
    client.handle_timeout(now);
    client.handle_frame(now, write(ServerMessage(SearchingMatch{8000U * static_cast<std::uint32_t>(i), 1})));
    ASSERT_TRUE(std::holds_alternative<SearchingMatch>(*client.poll_event()));
  }
  EXPECT_EQ(client.poll_timeout(), now + seconds(10));
}

TEST_F(ClientTest, ResumesWithTheTicketThatCameWithTheLatestSettings) {
  join();
  hear(UpdatedRoom{{"", 8, false, false, false, {}}, "newer"});
  EXPECT_EQ(take<UpdatedRoom>().ticket, "newer");
  client.handle_close(now, 1006, "");
  take<Interrupted>();
  now = *client.poll_timeout();
  client.handle_timeout(now);
  sent<OpenSocket>();
  client.handle_open(now);
  EXPECT_EQ(sent<SendFrame>().text, write(ClientMessage(JoinRoom{"kamoridun", "newer", true})));
}

TEST_F(ClientTest, TellsWhatTheServerRefusedToItsHost) {
  join();
  hear(Error{ErrorCode::not_host, "Only the host may do that.", "kick"});
  EXPECT_EQ(take<RequestRefused>().about, "kick");
  hear(Error{ErrorCode::rate_limited, "Too much.", "offer"});
  EXPECT_TRUE(quiet());
}

TEST_F(ClientTest, WhoWasKickedDoesNotComeBackByItself) {
  join();
  hear(Error{ErrorCode::kicked, "E.", ""});
  EXPECT_EQ(ended().reason, Reason::kicked);
}

TEST(Client, ACodeThatCannotBeOneEndsAtOnce) {
  Client client(config(JoinRoom{"xyz", ""}), Time{});
  EXPECT_FALSE(client.poll_transmit());
  const auto event = client.poll_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Disconnected>(*event).reason, Reason::no_such_room);
  EXPECT_EQ(std::get<Disconnected>(*event).message,
            "No room has the code xyz, or it has another password. Check with whoever sent it.");
  EXPECT_FALSE(client.poll_timeout());
}

TEST_F(ClientTest, TellsWhatHappensInTheRoom) {
  join();
  const ServerMessage messages[] = {PeerJoinedRoom{{PeerId{11}, "Carol"}},
                                    PeerLeftRoom{PeerId{9}, LeaveReason::lost},
                                    HostOfRoom{PeerId{7}, 2},
                                    Offer{PeerId{11}, "o"},
                                    Answer{PeerId{11}, "a"},
                                    Candidate{PeerId{11}, "c", "0", 0, "u"},
                                    EndOfCandidates{PeerId{11}}};
  for (const ServerMessage& message : messages) hear(message);
  EXPECT_EQ(take<PeerJoinedRoom>().member.name, "Carol");
  EXPECT_EQ(take<PeerLeftRoom>().reason, LeaveReason::lost);
  EXPECT_EQ(take<HostOfRoom>().term, 2U);
  EXPECT_EQ(take<Offer>().sdp, "o");
  EXPECT_EQ(take<Answer>().sdp, "a");
  EXPECT_EQ(take<Candidate>().candidate, "c");
  EXPECT_EQ(take<EndOfCandidates>().peer, PeerId{11});
}

TEST_F(ClientTest, SendsToMembersOnceJoined) {
  client.send(Offer{PeerId{9}, "early"});
  sent<OpenSocket>();
  EXPECT_TRUE(quiet());
  client.handle_open(now);
  hear(Welcome{});
  hear(kJoined);
  client.send(Offer{PeerId{9}, "o"});
  EXPECT_EQ(sent<SendFrame>().text, R"({"type":"offer","to":9,"sdp":"o"})");
}

TEST_F(ClientTest, AServerThatCannotBeReachedEnds) {
  sent<OpenSocket>();
  client.handle_close(now, 1006, "");
  EXPECT_EQ(ended().reason, Reason::no_server);
  EXPECT_TRUE(quiet()) << "there is no socket to close";
}

TEST_F(ClientTest, WhyAServerCannotBeReachedIsSaidAsFarAsThePlatformKnows) {
  sent<OpenSocket>();
  client.handle_close(now, 1006, "Nothing listens there.");
  EXPECT_EQ(ended().message, "The server could not be reached. Nothing listens there.");
}

TEST_F(ClientTest, ASocketThatDoesNotOpenInTimeEnds) {
  sent<OpenSocket>();
  EXPECT_EQ(client.poll_timeout(), now + seconds(10));
  client.handle_timeout(now + seconds(10) - milliseconds(1));
  EXPECT_EQ(client.state(), ClientState::connecting);
  client.handle_timeout(now + seconds(10));
  EXPECT_EQ(ended().reason, Reason::no_server);
  EXPECT_EQ(sent<CloseSocket>().code, 1000);
}

TEST_F(ClientTest, AServerThatDoesNotAnswerInTimeEnds) {
  sent<OpenSocket>();
  now += seconds(3);
  client.handle_open(now);
  hear(Welcome{});
  take<Welcome>();
  EXPECT_EQ(client.poll_timeout(), now + seconds(10));
  client.handle_timeout(now + seconds(10));
  EXPECT_EQ(ended().reason, Reason::timed_out);
  sent<CloseSocket>();
}

struct Told {
  Error error;
  Reason reason;
  const char* sentence;
};

class ClientRefusal : public ::testing::TestWithParam<Told> {};

TEST_P(ClientRefusal, ReachesThePlayerAsAReasonAndASentence) {
  Client client(config(), Time{});
  client.handle_open(Time{});
  client.handle_frame(Time{}, write(ServerMessage(GetParam().error)));
  const auto event = client.poll_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Disconnected>(*event).reason, GetParam().reason);
  EXPECT_EQ(std::get<Disconnected>(*event).message, GetParam().sentence);
  EXPECT_EQ(client.state(), ClientState::closed);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, ClientRefusal,
    ::testing::Values(
        Told{{ErrorCode::no_such_room, "x", "join"},
             Reason::no_such_room,
             "No room has the code kamo-ridun, or it has another password. Check with whoever sent it."},
        Told{{ErrorCode::room_full, "x", "join"},
             Reason::room_full,
             "The room kamo-ridun is full. Try again when somebody has left it, or make one of your own."},
        Told{{ErrorCode::build_mismatch, "x", "join"},
             Reason::build_mismatch,
             "The room kamo-ridun runs another build of the game. Reload the page, and ask the others to "
             "reload "
             "theirs."},
        Told{{ErrorCode::unsupported_version, "x", "hello"},
             Reason::version_mismatch,
             "This page does not fit the server. Reload it to get the one that does."},
        Told{{ErrorCode::bad_name, "", "hello"},
             Reason::bad_options,
             "Choose another name: 1 to 32 characters that can be shown; a room's title has at most 64."},
        Told{{ErrorCode::bad_message, "This server's rooms have at most 8 members.", "create"},
             Reason::bad_options,
             "This server's rooms have at most 8 members."},
        Told{{ErrorCode::rate_limited, "x", "join"},
             Reason::rate_limited,
             "Too many attempts from this network. Wait a minute and try again."},
        Told{{ErrorCode::server_full, "x", ""},
             Reason::server_full,
             "The server has no place for more at the moment. Try again later."},
        Told{{ErrorCode::server_shutdown, "x", ""},
             Reason::server_shutdown,
             "The server is being stopped. Try again in a minute."},
        Told{{ErrorCode::replaced, "x", ""},
             Reason::replaced,
             "You came back in another window, which has taken this one's place."},
        Told{{ErrorCode::timed_out, "x", ""},
             Reason::timed_out,
             "The server gave this connection up, because it was silent or slow for too long."},
        Told{{ErrorCode::hello_first, "Why.", ""},
             Reason::protocol_error,
             "This page and the server do not understand each other. Reload the page. (Why.)"}),
    [](const auto& tested) { return std::string(to_string(tested.param.error.code)); });

TEST_F(ClientTest, ErrorsThatDoNotCloseAreNoMatterInARoom) {
  join();
  hear(Error{ErrorCode::no_such_peer, "x", "offer"});
  hear(Error{ErrorCode::rate_limited, "x", ""});
  EXPECT_TRUE(quiet());
  EXPECT_EQ(client.state(), ClientState::joined);
  hear(Error{ErrorCode::replaced, "x", ""});
  EXPECT_EQ(ended().reason, Reason::replaced);
  sent<CloseSocket>();
}

TEST_F(ClientTest, TheCloseCodeTellsWhyWhenTheErrorWasNotHeard) {
  const std::pair<std::uint16_t, Reason> cases[] = {
      {1001, Reason::server_shutdown}, {4012, Reason::rate_limited},   {4015, Reason::replaced},
      {4016, Reason::timed_out},       {4017, Reason::protocol_error}, {1006, Reason::no_server},
      {1000, Reason::no_server},       {4999, Reason::no_server},
  };
  for (const auto& [code, reason] : cases) {
    Client other(config(), now);
    other.handle_open(now);
    other.handle_frame(now, write(ServerMessage(kJoined)));
    other.handle_close(now, code, "");
    other.poll_event();
    const auto event = *other.poll_event();
    const auto* over = std::get_if<Disconnected>(&event);
    const auto* interrupted = std::get_if<Interrupted>(&event);
    ASSERT_TRUE(over != nullptr || interrupted != nullptr) << code;
    EXPECT_EQ(over != nullptr ? over->reason : interrupted->reason, reason) << code;
    const bool is_final = reason == Reason::replaced || reason == Reason::protocol_error;
    EXPECT_EQ(over != nullptr, is_final) << code;
  }
}

TEST_F(ClientTest, UnknownMessagesAreIgnored) {
  sent<OpenSocket>();
  client.handle_open(now);
  client.handle_frame(now, R"({"type":"news","text":"hi"})");
  hear(Error{ErrorCode::unknown_type, "x", "later"});
  EXPECT_TRUE(quiet());
  hear(Welcome{});
  hear(kJoined);
  EXPECT_EQ(client.state(), ClientState::joined);
}

TEST_F(ClientTest, AMalformedFrameEnds) {
  join();
  client.handle_frame(now, "{");
  EXPECT_EQ(ended().reason, Reason::protocol_error);
  sent<CloseSocket>();
}

TEST_F(ClientTest, AMalformedMessageEndsTheEntryButNotTheRoom) {
  join();
  client.handle_frame(now, R"({"type":"offer","from":0})");
  EXPECT_TRUE(quiet());
  Client other(config(), now);
  other.handle_open(now);
  other.handle_frame(now, R"({"type":"joined"})");
  EXPECT_EQ(std::get<Disconnected>(*other.poll_event()).reason, Reason::protocol_error);
}

TEST_F(ClientTest, AWelcomeInAnotherVersionEnds) {
  sent<OpenSocket>();
  client.handle_open(now);
  hear(Welcome{2, {}});
  EXPECT_EQ(ended().reason, Reason::version_mismatch);
}

TEST_F(ClientTest, MessagesBeforeJoinedAndASecondJoinedAreIgnored) {
  sent<OpenSocket>();
  client.handle_open(now);
  hear(Offer{PeerId{9}, "o"});
  EXPECT_TRUE(quiet());
  hear(kJoined);
  take<JoinedRoom>();
  hear(kJoined);
  hear(Welcome{});
  hear(LeftRoom{});
  EXPECT_TRUE(quiet());
}

TEST_F(ClientTest, LeavingSaysSoClosesAndEndsWithoutAnEvent) {
  join();
  hear(HostOfRoom{PeerId{7}, 2});
  client.leave();
  EXPECT_EQ(sent<SendFrame>().text, R"({"type":"leave"})");
  EXPECT_EQ(sent<CloseSocket>().code, 1000);
  EXPECT_TRUE(quiet());
  client.handle_close(now, 1000, "");
  client.handle_frame(now, write(ServerMessage(LeftRoom{})));
  client.handle_timeout(now + seconds(1000));
  client.send(Ping{1});
  client.leave();
  EXPECT_TRUE(quiet());
  EXPECT_FALSE(client.poll_timeout());
}

TEST_F(ClientTest, LeavingBeforeTheSocketIsOpenJustClosesIt) {
  sent<OpenSocket>();
  client.leave();
  sent<CloseSocket>();
  client.handle_open(now);
  EXPECT_TRUE(quiet());
}

}  // namespace
}  // namespace parlor::signaling
