#include "sdp/candidate.hpp"

#include <cassert>

#include "sdp/text.hpp"

namespace parlor::sdp {
namespace {

constexpr std::size_t kLongest = 512;
constexpr std::uint64_t kHighestPriority = 0x7fffffff;
constexpr std::string_view kTypes[] = {"host", "srflx", "prflx", "relay"};

std::optional<CandidateType> type_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    if (kTypes[i] == word) return static_cast<CandidateType>(i);
  }
  return std::nullopt;
}

std::optional<base::SocketAddress> address_of(std::string_view ip, std::string_view port) {
  const auto parsed = base::IpAddress::parse(ip);
  const auto value = number(port, 0xffff);
  if (!parsed || !value) return std::nullopt;
  return base::SocketAddress{*parsed, static_cast<std::uint16_t>(*value)};
}

/// A name of multicast DNS: letters, digits and dashes, and ".local".
bool is_mdns(std::string_view name) {
  constexpr std::string_view kLocal = ".local";
  if (name.size() <= kLocal.size() || name.size() > 128 ||
      !same_word(name.substr(name.size() - kLocal.size()), kLocal))
    return false;
  for (const char c : name.substr(0, name.size() - kLocal.size())) {
    if (c != '-' && !is_ice_text(std::string_view(&c, 1), 1, 1)) return false;
  }
  return true;
}

constexpr base::Unexpected kMalformed{CandidateError::malformed};

}  // namespace

base::Result<Candidate, CandidateError> parse_candidate(std::string_view line) {
  if (line.size() > kLongest) return kMalformed;
  (void)take_prefix(line, "a=");
  if (!take_prefix(line, "candidate:")) return kMalformed;
  Candidate candidate;
  const std::string_view foundation = take_until(line, ' ');
  const std::string_view component = take_until(line, ' ');
  const std::string_view transport = take_until(line, ' ');
  const auto priority = number(take_until(line, ' '), kHighestPriority);
  const std::string_view ip = take_until(line, ' ');
  const std::string_view port = take_until(line, ' ');
  if (!is_ice_text(foundation, 1, 32) || !number(component, 256) || transport.empty()) return kMalformed;
  if (!priority || *priority == 0 || !number(port, 0xffff) || take_until(line, ' ') != "typ")
    return kMalformed;
  if (component != "1" || !same_word(transport, "udp")) return base::Unexpected{CandidateError::not_for_data};
  const auto type = type_of(take_until(line, ' '));
  if (!type) return kMalformed;
  candidate.foundation = foundation;
  candidate.priority = static_cast<std::uint32_t>(*priority);
  candidate.address = address_of(ip, port);
  candidate.type = *type;
  if (!candidate.address && !is_mdns(ip)) return kMalformed;
  // Pairs of a name and a value; the last may lack its value.
  std::string_view related;
  while (!line.empty()) {
    const std::string_view name = take_until(line, ' ');
    const std::string_view value = take_until(line, ' ');
    if (name == "raddr") {
      related = value;
    } else if (name == "rport") {
      candidate.related = address_of(related, value);
    } else if (name == "ufrag" && is_ice_text(value, 4, 256)) {
      candidate.ufrag = value;
    }
  }
  return candidate;
}

std::string write_candidate(const Candidate& candidate) {
  assert(candidate.address);
  std::string line = "candidate:" + candidate.foundation + " 1 udp " + std::to_string(candidate.priority) +
                     ' ' + candidate.address->ip.to_string() + ' ' + std::to_string(candidate.address->port) +
                     " typ ";
  line += kTypes[static_cast<std::size_t>(candidate.type)];
  if (candidate.related) {
    line +=
        " raddr " + candidate.related->ip.to_string() + " rport " + std::to_string(candidate.related->port);
  }
  if (!candidate.ufrag.empty()) line += " ufrag " + candidate.ufrag;
  return line;
}

}  // namespace parlor::sdp
