#include "dialects.hpp"

namespace bench {
namespace {

/// The text or number behind "name": in a flat JSON object.
std::string field(std::string_view json, const std::string& name) {
  const std::string key = "\"" + name + "\":";
  const std::size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view value = json.substr(at + key.size());
  if (value.starts_with('"')) return std::string(value.substr(1, value.find('"', 1) - 1));
  return std::string(value.substr(0, value.find_first_of(",}")));
}

/// `head` and `tail` with so much of a candidate between them that it makes kMessageSize.
std::string padded(const std::string& head, const std::string& tail) {
  std::string candidate =
      "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ";
  candidate.resize(kMessageSize - head.size() - tail.size(), 'x');
  return head + candidate + tail;
}

/// Parlor, and the same job on `ws`, which speaks the same words.
class ParlorDialect final : public Dialect {
 public:
  explicit ParlorDialect(bool by_room) : by_room_(by_room) {}

  std::string target(std::size_t room, int side, const std::string& code) override {
    const std::string hello = "/v1?version=1&game=bench&build=1&name=Member";
    if (by_room_) return "/v1?room=" + std::to_string(room);
    return side == 0 ? hello + "&create=2" : hello + "&join=" + code;
  }
  std::optional<std::string> entered(std::string_view message, std::string& own_id) override {
    if (field(message, "type") != "joined") return std::nullopt;
    own_id = field(message, "you");
    return field(message, "code");
  }
  std::string candidate(std::size_t, int, const std::string& peer_id) override {
    return padded(R"({"type":"candidate","to":)" + peer_id + R"(,"candidate":")",
                  R"(","mid":"0","mline_index":0,"ufrag":"EsAw"})");
  }
  bool is_candidate(std::string_view message, const std::string& peer_id) override {
    return message.find(R"("type":"candidate")") != std::string_view::npos &&
           field(message, "from") == peer_id;
  }
  std::string idle_target(std::size_t index) override {
    return by_room_ ? "/v1?room=idle" + std::to_string(index)
                    : "/v1?version=1&game=bench&build=1&name=Member";
  }

 private:
  bool by_room_;
};

/// PeerServer knows no rooms: two ids that know each other.
class PeerDialect final : public Dialect {
 public:
  std::string target(std::size_t room, int side, const std::string&) override {
    return target_of(id_of(room, side));
  }
  std::optional<std::string> entered(std::string_view message, std::string&) override {
    if (field(message, "type") != "OPEN") return std::nullopt;
    return "";
  }
  std::string candidate(std::size_t room, int side, const std::string&) override {
    return padded(R"({"type":"CANDIDATE","payload":{"candidate":{"candidate":")",
                  R"(","sdpMid":"0","sdpMLineIndex":0},"type":"data","connectionId":"dc_1"},"dst":")" +
                      id_of(room, 1 - side) + "\"}");
  }
  bool is_candidate(std::string_view message, const std::string&) override {
    return message.find(R"("type":"CANDIDATE")") != std::string_view::npos && !field(message, "src").empty();
  }
  std::string idle_target(std::size_t index) override { return target_of("idle" + std::to_string(index)); }

 private:
  static std::string id_of(std::size_t room, int side) {
    return "r" + std::to_string(room) + "s" + std::to_string(side);
  }
  static std::string target_of(const std::string& id) {
    return "/peerjs?key=peerjs&id=" + id + "&token=t" + id + "&version=1.5.4";
  }
};

}  // namespace

std::unique_ptr<Dialect> make_dialect(std::string_view name) {
  if (name == "parlor") return std::make_unique<ParlorDialect>(false);
  if (name == "ws") return std::make_unique<ParlorDialect>(true);
  if (name == "peer") return std::make_unique<PeerDialect>();
  return nullptr;
}

}  // namespace bench
